"""The HTTP edge, shared by the views and the API of all domains."""
