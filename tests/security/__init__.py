"""Proofs that nobody gets in where they do not belong: tenancy by twin worlds, and odd requests."""
