"""The lifecycle of background work in PostgreSQL; knows no queue."""
