"""Security Hub: a hub per account and region, findings that are checked, and filters that filter.

moto takes any finding and ignores every filter.
"""
