"""Turn stored facts into the numbers of an answer or a digest. Reads storage; no network, no formatting."""
