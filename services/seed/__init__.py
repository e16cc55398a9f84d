"""The demonstration district: six schools at different stages, entered into a running system over HTTP."""
