"""The database itself: tables, column types, prepared queries, encryption. Knows no rule of the domain."""
