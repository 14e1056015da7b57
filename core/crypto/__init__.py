"""Keys, and the encryption of web push."""
