"""Host names in canonical spelling, and client addresses grouped by network."""
