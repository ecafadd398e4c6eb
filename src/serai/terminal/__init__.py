"""What terminal commands share: printing, watching, and reaching the platform."""
