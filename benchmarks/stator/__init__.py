"""Transitions of the state machine engine, compared with plain psycopg."""
