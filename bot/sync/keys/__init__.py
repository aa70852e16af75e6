"""The Admin API key: how it comes in, what is no such key, and when one is given up."""
