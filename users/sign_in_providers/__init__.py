"""Signing in at another service by OpenID Connect: the providers of a domain, and the logins that are connected with accounts there."""
