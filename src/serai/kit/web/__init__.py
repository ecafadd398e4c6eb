"""What every web face shares: templates, headers, preferences, navigation."""
