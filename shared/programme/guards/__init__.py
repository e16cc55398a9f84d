"""The guards: pure functions over facts, one by each name that a pack may use."""
