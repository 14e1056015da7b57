"""Parts that all commands share: the parser, exit codes, the environment of a command."""
