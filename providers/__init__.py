"""What a provider reported, in one vocabulary; one folder a vendor."""
