"""Rules on who may sign up and who may connect: e-mail domains, e-mail addresses and networks."""
