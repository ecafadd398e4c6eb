"""What the platform's own staff see: all accounts, servers, releases."""
