"""Calls to the Admin API: headers, retries, deadlines, paging, status codes. Knows no report."""
