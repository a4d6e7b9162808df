"""How fast the system is, as ratios to what the database alone can do: `python -m benchmarks`, or `make bench`."""
