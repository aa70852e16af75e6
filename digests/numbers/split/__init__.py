"""Lines by two dimensions, and by weeks and months."""
