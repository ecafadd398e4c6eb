"""/scim/v2: what directories (Entra ID, Okta, Keycloak …) keep a team in step with."""
