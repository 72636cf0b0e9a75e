"""Side by side: `python -m benchmarks run`. Every measurement runs in a process of its own; see README.md."""
