"""The numbers of answers and digests as frozen values, and the arithmetic on them. No words, no layout."""
