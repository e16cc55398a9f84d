"""Who is told of the feed's events: subscriptions, addresses, signatures; opens no connection."""
