"""Bounded resources: threads by kind of work, limits per workspace and person, caches."""
