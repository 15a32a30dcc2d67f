"""From an AWS Organization to the resources in it, account by account and Region by Region."""
