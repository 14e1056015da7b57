"""Commands about who may join."""
