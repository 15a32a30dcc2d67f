"""From a snapshot in AWS's words to the topology that is judged."""
