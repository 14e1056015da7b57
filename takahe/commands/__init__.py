"""One module per group of commands. Commands parse, call one service or query, and print."""
