"""Code shared by all commands: the parser, exit codes, the environment of a command."""
