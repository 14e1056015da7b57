"""OAuth 2: apps, codes, tokens, scopes, and authentication of API calls."""
