"""What the tests and the benchmarks stand on: databases, a served application, a browser."""
