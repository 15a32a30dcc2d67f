"""The only place that builds concrete parts and reads the clock. Each verb imports the part that it needs."""
