"""Bills as they come in: evidence from usage, whether each is believed, and what its days cost by it."""
