"""Returns without a network: an installable page, what it needs to know as data, and the file of its queue."""
