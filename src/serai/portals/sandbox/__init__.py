"""The sandbox gateway's payment page: cards to play with, no real money."""
