"""The command line: one command a file, and no algorithm in any of them."""
