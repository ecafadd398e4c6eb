"""Usage: taken in, rated, watched."""
