"""The public side: products, signing in, starting a system."""
