"""Worlds in a database: SQLite for one process, PostgreSQL for many. Imported only when it is asked for."""
