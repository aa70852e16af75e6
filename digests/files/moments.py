"""Moments in files for machines: RFC 3339, in UTC."""

from datetime import UTC, datetime


def rfc3339(at: datetime) -> str:
    """Return a moment to the second: `2026-11-22T10:31:00Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
