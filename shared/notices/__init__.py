"""What the schedule tells people: deadlines, stale results, open cases; knows no mail."""
