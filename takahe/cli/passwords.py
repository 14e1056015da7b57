"""Passwords on the command line: given, or generated and printed once."""

import argparse
import secrets


def choose_password(options: argparse.Namespace) -> tuple[str, bool]:
    """Return (password, whether it was generated here and has to be shown)."""
    if options.password is not None:
        return options.password, False
    return secrets.token_urlsafe(15), True
