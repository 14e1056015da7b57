"""Troubles of the server itself that its staff have to end: a full disk, for example. They are told by mail and on the overview."""
