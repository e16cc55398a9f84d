"""Feedback of both sides: what was asked, what was answered, what may leave the school."""
