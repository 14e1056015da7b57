"""The first days of an identity: what a new person is shown once, and follows that they bring."""
