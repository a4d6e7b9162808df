"""What every domain stands on: database, exact types, clock, identifiers, errors, policy table and audit log."""
