"""What usage costs: the bill attributed to callers, estimates until it comes, whether it is whole. Pure."""
