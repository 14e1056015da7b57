"""The passphrase of backups: a setting, or the content of a file that only the backup reads."""

from pathlib import Path

from core.config import ConfigError, config


def passphrase() -> str:
    """Return it, or nothing if backups aren't encrypted. Raises ConfigError for a file that has none, and if both settings are made."""
    path = config().backup_passphrase_file
    if not path:
        return config().backup_passphrase
    if config().backup_passphrase:
        raise ConfigError("Set TAKAHE_BACKUP_PASSPHRASE or TAKAHE_BACKUP_PASSPHRASE_FILE, not both.")
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"TAKAHE_BACKUP_PASSPHRASE_FILE can't be read: {error}.") from error
    if not text:
        raise ConfigError(f"TAKAHE_BACKUP_PASSPHRASE_FILE, {path}, is empty.")
    return text
