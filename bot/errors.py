"""Errors that people see on a terminal."""


class Failed(Exception):
    """One clear sentence for standard error."""
