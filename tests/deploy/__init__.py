"""The deploy files, without a container engine."""
