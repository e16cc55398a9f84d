"""The methodology pack: a municipal order as immutable, versioned data."""
