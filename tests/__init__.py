"""Tests, from pure rules to the whole system."""
