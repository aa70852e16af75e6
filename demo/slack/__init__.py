"""The stand-in Slack: Web API, deliveries, OAuth and Socket Mode, with a memory of everything shown."""
