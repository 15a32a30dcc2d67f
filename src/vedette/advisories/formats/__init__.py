"""Readers that several feeds share: containers, dates, ratings, and formats with more than one publisher."""
