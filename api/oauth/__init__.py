"""OAuth 2: apps, codes, tokens, scopes, and who speaks with a token."""
