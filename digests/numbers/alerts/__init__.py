"""What somebody must know now: unusual days, and budgets that are used up."""
