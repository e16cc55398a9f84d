"""Who may do what, and which answers were already given."""
