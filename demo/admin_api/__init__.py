"""Anthropic's Admin API over the simulated organization, with every fault that a test can switch on."""
