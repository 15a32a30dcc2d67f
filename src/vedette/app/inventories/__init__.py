"""From a resource to its inventory: SSM for instances, layers for images, zips for functions."""
