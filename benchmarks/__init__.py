"""What we measure, each beside something that could hardly be faster. `make bench` runs all; each prints one line per bench."""
