"""What each type of resource does to the network, one module for each family."""
