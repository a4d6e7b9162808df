"""Returns without a network."""
