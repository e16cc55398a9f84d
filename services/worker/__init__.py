"""The RQ side of the jobs."""
