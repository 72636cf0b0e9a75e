"""The search backends, one a file, and their registry."""
