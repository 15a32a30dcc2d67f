"""Domain values in the words of the service model, and back."""
