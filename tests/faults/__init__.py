"""The failure matrix: real processes killed, stopped and taken away, and what must hold afterwards."""
