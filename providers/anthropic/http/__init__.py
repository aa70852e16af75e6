"""Calls to the Admin API: headers, tries, deadlines, paging, and what a status means. Knows no report."""
