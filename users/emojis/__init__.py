"""Custom emoji of this server and of others: what they are called, their pictures, and who may use them."""
