"""One module per group of commands. Commands parse, call one service or query, and print.

What needs Django is imported inside the functions: Django is set up first, and `takahe --help` does without it.
"""
