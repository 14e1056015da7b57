"""Posts for programs and pages elsewhere: RSS and Atom, and frames for other sites. Never more than a visitor may read."""
