"""Tests of the job engine with real servers and real processes."""
