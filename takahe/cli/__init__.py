"""What every command shares: the parser, exit codes, the environment that a command needs."""
