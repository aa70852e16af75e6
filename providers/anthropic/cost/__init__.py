"""The cost of usage: attribute the bill to callers, estimate until it comes, tell if it is whole. Pure."""
