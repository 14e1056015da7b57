"""The pages of blocklists of servers."""
