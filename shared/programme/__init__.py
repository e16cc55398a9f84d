"""One school's programme: facts, guards, transitions, history."""
