"""Rules on who may sign up and come in: e-mail domains, e-mail addresses, and networks."""
