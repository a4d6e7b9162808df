"""jointops: planning joint law-enforcement operations and learning from them."""
