"""The Home tab: the set-up steps left, the figures with their trend, and what admins manage."""
