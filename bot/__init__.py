"""The program: its jobs, answers and posts, and when they run."""

__version__ = "0.1.0"  # as in pyproject.toml, which is not there in every installation
