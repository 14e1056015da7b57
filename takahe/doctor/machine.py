"""The view from inside: database, disks, mail, clock, worker, queues and backups."""

import os
import time
from pathlib import Path

import stator
from core.backups.standing import standing
from core.config import config
from core.config.version import migration_files
from core.db import own_connection, sql
from core.mail import MailRefused, Sender, knock
from core.media.locations import media_root
from core.messages.worker import worker_message
from takahe.doctor.findings import Finding, broken, ok, untried, warning

_OWN_CONNECTIONS = 2  # of a process, beside the pool: for notifications, and for /health
_LATE_S = 300
_SKEW_S = 5.0
_NEARLY_FULL = 5  # percentage points below TAKAHE_DISK_FULL_PERCENT
_FULL = 95  # if that is off
_GB = 1e9
_MB = 1 << 20
_SETTINGS = """
    SELECT current_setting('server_version_num')::int, current_setting('max_connections')::int,
        current_setting('superuser_reserved_connections')::int, pg_size_bytes(current_setting('shared_buffers')),
        current_setting('autovacuum')::bool, current_setting('fsync')::bool, current_setting('full_page_writes')::bool,
        current_setting('data_checksums')::bool,
        (SELECT count(*) FROM stator_heartbeat WHERE stopped_at IS NULL AND last_seen_at > now() - interval '20 seconds')
"""


async def database() -> list[Finding]:
    """Check the version and the settings of Postgres."""
    async with own_connection():
        row = await sql.one(_SETTINGS)
    assert row is not None
    version, most, reserved, buffers, vacuums, syncs, writes_pages, has_checksums, workers = row
    about = f"PostgreSQL {version // 10_000}.{version % 10_000}"
    found: list[Finding] = []
    if version < 150_000:
        found.append(broken("database", f"This is {about}.", "Upgrade to PostgreSQL 15 or newer.", about))
    if not (syncs and writes_pages):
        found.append(
            broken(
                "database",
                "A power failure can destroy the database: fsync or full_page_writes is off.",
                "Turn both on in postgresql.conf.",
                about,
            )
        )
    if not vacuums:
        found.append(
            broken(
                "database",
                "Autovacuum is off, so tables grow for ever.",
                "Set autovacuum = on in postgresql.conf.",
                about,
            )
        )
    wanted = (config().database_connections + _OWN_CONNECTIONS) * (1 + workers)
    if wanted > most - reserved:
        found.append(
            warning(
                "database",
                f"One web process and {workers} workers may open {wanted} connections, and Postgres allows {most - reserved}.",
                f"Set max_connections to at least {wanted + reserved}, or lower TAKAHE_DATABASE_CONNECTIONS.",
                about,
            )
        )
    if buffers < 128 * _MB:
        found.append(
            warning(
                "database",
                f"shared_buffers is {buffers // _MB} MB.",
                "Give it a quarter of the memory, and at least 128 MB.",
                about,
            )
        )
    if not has_checksums:
        found.append(
            warning(
                "database",
                "Pages have no checksums, so a failing disk is not noticed.",
                "Stop Postgres and run pg_checksums --enable.",
                about,
            )
        )
    return found or [ok("database", "Its version and settings are fine.", about)]


async def migrations() -> list[Finding]:
    """Check that the tables are those of this version."""
    async with own_connection():
        applied = {tuple(row) for row in await sql.rows("SELECT app, name FROM django_migrations")}
    missing = sorted(".".join(one) for one in migration_files() - applied)
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        return [broken("migrations", f"Pending: {', '.join(missing[:3])}{more}.", "Run takahe migrate.")]
    return [ok("migrations", "The tables are up to date.")]


async def clock() -> list[Finding]:
    """Compare this machine's clock with that of the database."""
    async with own_connection():
        before = time.time()
        there = float(await sql.value("SELECT extract(epoch FROM clock_timestamp())::float8"))
        here = (before + time.time()) / 2
    if abs(here - there) > _SKEW_S:
        return [
            broken(
                "clock",
                f"The clocks of this machine and of the database are {abs(here - there):.0f} s apart.",
                "Synchronise both by NTP: other servers refuse signatures that are minutes off.",
            )
        ]
    return [ok("clock", "The clocks of this machine and of the database agree.")]


async def disks() -> list[Finding]:
    """Check the space in the folders of data, media and backups."""
    folders = {"data": config().data_dir, "media": media_root()}
    if config().backup_dir:
        folders["backups"] = Path(config().backup_dir)
    return [_disk(name, folder) for name, folder in folders.items()]


def _disk(name: str, folder: Path) -> Finding:
    about = f"{name}: {folder.absolute()}"
    place = next((one for one in (folder.absolute(), *folder.absolute().parents) if one.exists()), Path("/"))
    try:
        disk = os.statvfs(place)
    except OSError as error:
        return untried("disk", f"{error}", about)
    usable = disk.f_blocks - disk.f_bfree + disk.f_bavail  # as df counts
    used_percent = 100 * (1 - disk.f_bavail / usable) if usable else 0.0
    free = f"{disk.f_bavail * disk.f_frsize / _GB:,.1f} GB are free; {used_percent:.0f}% are used."
    if folder.exists() and not os.access(folder, os.W_OK):
        return broken(
            "disk",
            "This user can't write there.",
            "Let the folder belong to the user that the server runs as.",
            about,
        )
    if disk.f_files and not disk.f_favail:
        return broken(
            "disk",
            "No file can be created: the disk has no inodes left.",
            "Delete files, or get a larger disk.",
            about,
        )
    full_percent = config().disk_full_percent or _FULL
    if used_percent >= full_percent - _NEARLY_FULL:
        level = broken if used_percent >= full_percent else warning
        return level(
            "disk", free, "Free space, lower TAKAHE_REMOTE_MEDIA_BUDGET, or get a larger disk.", about
        )
    return ok("disk", free, about)


async def mail(sender: Sender) -> list[Finding]:
    """Check that the mail server answers and takes our login. No mail is sent."""
    if config().prints_mails:
        return [
            warning(
                "mail",
                "Mails are only written to the log, so nobody can confirm an address or reset a password.",
                "Set TAKAHE_MAIL_URL to a mail server.",
            )
        ]
    try:
        words = await knock(sender)
    except MailRefused as error:
        return [
            broken("mail", error.sentence, "Correct TAKAHE_MAIL_URL, or open the port of the mail server.")
        ]
    return [ok("mail", words)]


async def worker() -> list[Finding]:
    """Check that a worker lives."""
    async with own_connection():
        health = await stator.health()
    if reason := worker_message(health.code, health.age_s):
        return [
            broken(
                "worker",
                f"{reason[:1].upper()}{reason[1:]}.",
                "Start takahe serve or takahe worker, and read its log.",
            )
        ]
    return [ok("worker", "A worker is running.")]


async def queues() -> list[Finding]:
    """Check that nothing waits for long or failed for good."""
    async with own_connection():
        found = await stator.stats()
    late = [one for one in found if one.kind == "active" and one.due and one.oldest_s > _LATE_S]
    failed = [one for one in found if one.kind == "failure" and one.waiting]
    findings = [
        warning(
            "queue",
            f"{one.due} are due, the oldest for {one.oldest_s / 60:.0f} minutes.",
            "Look at Administration → Queues; if all queues are late, start another worker.",
            f"{one.model} {one.state}",
        )
        for one in late
    ]
    findings += [
        warning(
            "queue",
            f"{one.waiting} failed for good.",
            f"Read the reasons with takahe stator show {one.model}, and try again with takahe stator retry {one.model}.",
            f"{one.model} {one.state}",
        )
        for one in failed
    ]
    return findings or [ok("queue", "Nothing waits for long, and nothing failed for good.")]


async def backups() -> list[Finding]:
    """Check that there is a recent backup."""
    async with own_connection():
        known = await standing()
    cure = "Read takahe backup --list, mend it, and run takahe backup."
    if not known.is_on:
        return [
            warning(
                "backup",
                "The server makes no backups by itself.",
                "Set TAKAHE_BACKUP_DIR, unless something else makes them.",
            )
        ]
    if known.last is not None and known.last.error:
        return [broken("backup", f"The last one has a fault: {known.last.error}", cure, config().backup_dir)]
    if known.is_late:
        return [
            broken(
                "backup",
                f"The last complete one is {known.age_s / 3600:.0f} hours old.",
                cure,
                config().backup_dir,
            )
        ]
    if known.last_done is None:
        return [untried("backup", "the first one isn't made yet.", config().backup_dir)]
    return [ok("backup", f"The last one was made {known.age_s / 3600:.1f} hours ago.", config().backup_dir)]
