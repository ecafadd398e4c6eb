"""Money, as staff see and handle it."""
