"""Pages for people: readable without JavaScript, changing nothing but who has entered and in which language."""
