"""`takahe media`: what uploads and copies of other servers' media take up, and removal of copies."""

import argparse
import math

import msgspec

from core.config.values import size
from core.errors import BadInput
from federation.media import eviction
from federation.media.measuring import measure_uploads
from federation.media.queries import remote_use
from federation.peers import host_of
from takahe.cli.exits import Exit
from takahe.cli.tables import print_table
from users.audit.models import Act
from users.audit.services import Target, record


async def status(options: argparse.Namespace) -> int:
    """Print bytes and files, and the servers whose media uses most space."""
    local = await measure_uploads()
    use = await remote_use()
    if options.json:
        shown = {
            "local_bytes": local,
            "remote_bytes": use.bytes,
            "budget_bytes": use.budget,
            "files": use.files,
            "hosts": [{"host": one.name, "files": one.files, "bytes": one.bytes} for one in use.hosts],
        }
        print(msgspec.json.encode(shown).decode())
        return Exit.OK
    print(f"Uploads of this server: {_words(local)}.")
    print(
        f"Copies of other servers' media: {_words(use.bytes)} in {use.files:,} files, of {_words(use.budget)}."
    )
    print_table(
        ("server", "#files", "#size"), [(one.name, f"{one.files:,}", _words(one.bytes)) for one in use.hosts]
    )
    return Exit.OK


async def evict(options: argparse.Namespace) -> int:
    """Remove copies of one server, or those not viewed for longest. They are fetched again on the next view."""
    if options.host:
        named = options.host.strip()
        host = host_of(named if "://" in named else f"https://{named}/")
        if not host:
            raise BadInput(f"{options.host!r} is not a server's name.")
        removed = await eviction.evict_host(host)
    else:
        try:
            most = size(options.to)
        except ValueError as error:
            raise BadInput(f"{options.to!r} is no size: {error}.") from error
        host, removed = "", await eviction.evict_to(most)
    await record(Act.evict_media, Target("server", None, host), details={"files": removed})
    print(f"Removed: {removed:,}.")
    return Exit.OK


def _words(count: int) -> str:
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{math.ceil(count / 1e3)} kB"
