"""Blocklists: lists of servers with policies, as servers export and share them."""
