"""The token of the first-run page. On a public address, only a person who can read the server's output or its secret key may set it up."""

import hashlib
import hmac
import ipaddress
from pathlib import Path

_PURPOSE = b"takahe first-run page"


def setup_token(secret_key: str) -> str:
    """Return the token of the first set-up, the same for every process with the same key; nothing is stored."""
    return hmac.new(secret_key.encode(), _PURPOSE, hashlib.sha256).hexdigest()[:32]


def stored_secret_key(configured: str, data_dir: Path) -> str:
    """Return SECRET_KEY, or the key that the first start stored in the data folder; empty if there is none yet."""
    try:
        return configured or (data_dir / "secret_key").read_text().strip()
    except OSError:
        return ""


def is_loopback(address: str) -> bool:
    """Return whether `address` (an IP address or a host, perhaps with a port) is the loopback interface."""
    bare = (
        address.rpartition(":")[0]
        if address.rpartition(":")[2].isdigit() and address.count(":") == 1
        else address
    )
    bare = bare.removeprefix("[").partition("]")[0]
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False
