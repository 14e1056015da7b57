"""The pages of the rules on who may sign up and who may connect."""
