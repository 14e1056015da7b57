"""Tests of the rules on who may sign up and connect."""
