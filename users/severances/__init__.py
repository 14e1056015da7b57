"""Follows that ended or were hidden because a server was blocked or an account suspended, listed for the people who lost them."""
