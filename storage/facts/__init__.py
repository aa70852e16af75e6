"""What providers reported, replaced window by window, and what we added up from it."""
