"""One module per group of commands. Commands parse, call one service or query, and print.

A command is an async function; Django is set up and the database is available before its module is imported. Those that don't need
Django, or set it up themselves (takahe/__main__.py names them), import it inside their functions.
"""
