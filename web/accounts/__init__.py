"""Setting up, signing up and in, security, identities, expired forms."""
