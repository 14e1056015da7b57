"""The door of the inbox: what is checked before a message is stored, and what is refused."""
