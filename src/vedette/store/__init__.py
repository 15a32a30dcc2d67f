"""The store on SQLAlchemy Core: SQLite by default, PostgreSQL beyond one machine."""
