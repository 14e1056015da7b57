"""Django's settings, derived from core/config/values.py. Nothing is configured here that an operator should change."""

import secrets
import socket
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from core import languages
from core.config import ConfigError, config

BASE_DIR = Path(__file__).resolve().parent.parent
_config = config()


def _secret_key() -> str:
    """Return the configured key, or one generated once and stored in the data folder."""
    if _config.secret_key:
        return _config.secret_key
    path = _config.data_dir / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        key = secrets.token_urlsafe(48)
        path.touch(mode=0o600)
        path.write_text(key)
        return key


def _over_tcp(host: str, port: str) -> dict[str, object]:
    """Return the parameters for a remote database: its address, because the driver would resolve a name in a thread, and short timeouts."""
    try:
        address = socket.getaddrinfo(host, port or 5432, type=socket.SOCK_STREAM)[0][4][0]
    except OSError as error:
        raise ConfigError(f"DATABASE_URL names the host {host!r}, which can't be found: {error}.") from error
    return {"hostaddr": address, "keepalives_idle": 30, "tcp_user_timeout": 30_000}


def _database() -> dict[str, object]:
    """Return DATABASE_URL as Django's dictionary.

    The command line starts the embedded database and sets the URL before this runs.
    """
    url = urlsplit(_config.database_url or "postgresql:///takahe")
    query: dict[str, object] = dict(parse_qsl(url.query))
    host = str(query.pop("host", None) or unquote(url.hostname or ""))
    port = str(url.port or query.pop("port", "") or "")
    if host and not host.startswith("/"):
        query |= _over_tcp(host, port)
    return {
        "ENGINE": "django_async_backend.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")) or "takahe",
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            **query,
            "pool": {
                "min_size": 1,
                "max_size": _config.database_connections,
                "timeout": 10,
                "max_idle": 60,
                # an attempt that gives up soon makes room for a new one at the next request; backing off for minutes would keep requests
                # waiting long after the database is back
                "reconnect_timeout": 5,
            },
            # jit costs more than it gains for queries of a millisecond
            "options": f"{query.get('options', '')} -c jit=off".strip(),
            "server_side_binding": True,
            "prepare_threshold": 5,  # planning a timeline takes twice as long as running it
        },
    }


SECRET_KEY = _secret_key()
DEBUG = False  # Django's own debug pages run sync code and show settings; TAKAHE_DEBUG is ours
ALLOWED_HOSTS = ["*"]  # hosts are matched against domains in the database, by web/middleware.py
ROOT_URLCONF = "takahe.urls"
INSTALLED_APPS = [
    "django_async_backend",
    "core.apps.CoreConfig",
    "core.apps.QuietPostgresConfig",
    "stator",
    "federation",
    "users",
    "activities",
    "api",
    "web",
]
MIDDLEWARE: list[str] = []  # ours are native async and listed in takahe/asgi.py
ASYNC_BACKEND_DISABLE_REQUEST_SIGNALS = True  # connections have a policy of their own: core/connections.py
ASYNC_BACKEND_DISABLE_POOL_WARNING = True
DATABASES: dict[str, dict[str, Any]] = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("django.template.loaders.cached.Loader", ["core.pages.compact.Loader"])],
            "context_processors": ["django.template.context_processors.request"],
            "builtins": [
                "django.templatetags.i18n",
                "web.templatetags.urls",
                "web.templatetags.emojis",
                "web.templatetags.takahe",
                "web.templatetags.times",
                "web.templatetags.tables",
                "web.templatetags.staff",
                "web.templatetags.post_parts",
                "web.templatetags.post_rows",
                "web.templatetags.reading",
                "web.templatetags.appearance",
                "web.templatetags.policies",
                "web.templatetags.previews",
                "web.templatetags.structured",
                "web.templatetags.notices",
                "web.templatetags.lengths",
            ],
        },
    }
]
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_URL = "/static/"
USE_TZ = True
TIME_ZONE = "UTC"
# The language of each request: web/languages.py. Pages are English until `make install` has compiled the catalogues.
USE_I18N = (BASE_DIR / "locale/en/LC_MESSAGES/django.mo").exists()
LANGUAGES = list(languages.LANGUAGES.items())
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_CODE = languages.ENGLISH
APPEND_SLASH = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
LOGGING_CONFIG = None  # core/logs.py sets logging up
