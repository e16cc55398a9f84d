"""The processes people and machines talk to: HTTP API, worker, command line."""
