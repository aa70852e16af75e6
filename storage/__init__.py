"""What we store; the only room that knows SQL and peewee."""
