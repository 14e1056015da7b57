"""Names of hosts and their addresses: queries, and what is kept of them."""
