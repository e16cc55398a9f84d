"""The programme's rules, its data and its jobs; knows no web framework and no queue."""
