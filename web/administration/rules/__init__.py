"""The pages of the rules of domains."""
