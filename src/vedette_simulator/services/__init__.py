"""The operations that the simulator adds to moto or corrects, one file per service."""
