"""Stored facts become the numbers of an answer or a digest. Reads storage; asks nobody, formats nothing."""
