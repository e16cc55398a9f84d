"""`nastavnik`: what operators do from a shell, one module a group of words."""
