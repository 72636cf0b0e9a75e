"""The command line: one command a file, and no algorithms."""
