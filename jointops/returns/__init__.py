"""Daily returns."""
