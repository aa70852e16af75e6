"""Few threads for what is slow, a place for each workspace and person, memory that is bounded."""
