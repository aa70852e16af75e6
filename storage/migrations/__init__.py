"""Changes of the tables, applied in their order; each is a frozen copy of what it makes."""
