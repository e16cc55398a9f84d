"""One module a noun: its schemas and routes."""
