"""Set-up, sign-up, sign-in, security, identities, expired forms."""
