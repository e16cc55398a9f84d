"""Effectiveness of a programme: nine criteria, indicators from data, the composite, the district's sums."""
