"""What the journeys stand on: the demonstration in a database, and people at their browsers."""
