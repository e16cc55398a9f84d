"""The engine and the API stepped by a seeded scheduler against a real PostgreSQL: a failing seed replays."""
