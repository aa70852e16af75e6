"""One pure mapping a report: from Anthropic's pages to our vocabulary."""
