"""The program: its jobs, answers and posts, and when they run."""
