"""PostgreSQL, Valkey and our own processes as children of one command: the default of demo, run and tests."""
