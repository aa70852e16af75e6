"""The stand-in Slack as a page: what each person sees, and what they can do, in a browser."""
