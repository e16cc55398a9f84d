"""Pairs and groups and their work."""
