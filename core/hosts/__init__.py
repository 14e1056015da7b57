"""Host names in one spelling, and client addresses by network."""
