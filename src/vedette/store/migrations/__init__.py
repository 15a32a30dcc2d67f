"""Alembic's migrations; never imported by the program itself."""
