"""The Admin API key: connecting by modal or by page, disconnecting, and whose an API key is."""
