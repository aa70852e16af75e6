"""Reports of providers, in one vocabulary; one folder a vendor."""
