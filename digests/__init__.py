"""What we say: numbers into words."""
