"""What people do, one module for each part of the story."""
