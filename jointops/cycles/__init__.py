"""The EU policy cycle."""
