"""The HTTP server: connections and requests within limits, Slack's signature, and the routes behind it."""
