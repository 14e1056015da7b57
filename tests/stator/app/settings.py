"""Settings with only the engine and the test app, for worker processes under test."""

from takahe.settings import *  # noqa: F403

INSTALLED_APPS = ["django_async_backend", "core", "stator", "tests.stator.app"]
ROOT_URLCONF = "tests.stator.app.urls"
