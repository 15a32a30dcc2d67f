"""What can be read in a target: one file a format. The lists are in `vedette.inventory.catalogue`."""
