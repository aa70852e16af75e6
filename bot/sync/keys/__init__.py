"""The Admin API key: checking and storing a new one, recognizing other secrets, giving up a refused one."""
