"""Tasks across police, customs and border authorities."""
