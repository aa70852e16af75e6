"""The simulated organization: who is in it, what they ran, what it cost. Pure."""
