"""What customers manage their systems with."""
