"""Pure mappings from Anthropic's pages to our vocabulary, one a report."""
