"""A tree of files in, an inventory of packages out."""
