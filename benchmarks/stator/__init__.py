"""Transitions of the state machine engine, beside plain psycopg."""
