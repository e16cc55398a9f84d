"""The feed of events of a municipality; knows no programme, no job and who is told."""
