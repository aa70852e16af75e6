"""The Home tab: what it shows, when it is published, and when it is drawn again."""
