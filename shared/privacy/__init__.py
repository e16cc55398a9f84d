"""What is kept about one person, and what a person may ask about it."""
