"""Posts for other programs and sites: RSS, Atom, and embedded frames. Only what anonymous visitors may read."""
