"""The demonstration: Operation Archimedes with an openly illustrative split of its published totals."""
