"""Tasks in tables: templates to fill in, exports, and files that are checked and taken over, all of them or none."""
