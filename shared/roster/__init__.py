"""People, consents and the two bases."""
