"""Reward list of a programme: frozen rules, evidence of each mentor, places explained."""
