"""What people ask us in Slack, until it is answered, and what their admins turned down."""
