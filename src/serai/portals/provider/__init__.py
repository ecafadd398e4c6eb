"""What systems and their visitors meet of Serai as OpenID provider."""
