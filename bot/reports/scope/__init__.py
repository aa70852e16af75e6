"""The scope of a digest: what it cost, and what is in it."""
