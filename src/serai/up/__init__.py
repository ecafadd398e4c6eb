"""`serai up`: everything on one machine with one command. A composition root."""
