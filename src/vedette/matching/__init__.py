"""Packages against advisories: which flaw, which rule says so, and what nobody can say."""
