"""What is true, as frozen values, and the arithmetic on them. No words, no layout."""
