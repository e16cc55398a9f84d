"""Connections, tenancy, migrations and versioned records."""
