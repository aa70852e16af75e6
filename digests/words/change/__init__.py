"""A change of cost in words: its cause, and its effects."""
