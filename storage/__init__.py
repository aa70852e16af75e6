"""Store and read everything we remember; the only room that knows SQL and peewee."""
