"""Resolution of host names: queries, and a cache of their results."""
