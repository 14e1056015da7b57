"""Commands about other servers."""
