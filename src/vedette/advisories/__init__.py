"""Publishers' feeds, and the one database made of them."""
