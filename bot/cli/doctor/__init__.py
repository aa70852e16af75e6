"""`stackspend doctor`: everything the bot needs, one finding a thing, and what to do where it is wrong."""
