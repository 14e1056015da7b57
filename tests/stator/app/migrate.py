"""Create the tables of the test app in DATABASE_URL: `python -m tests.stator.app.migrate`."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.stator.app.settings"

import django
from django.core.management import call_command

from tests.stator.app import settings

settings.DATABASES["default"]["OPTIONS"].pop("pool")  # type: ignore[attr-defined]  # Django migrates synchronously; its pool is threads
django.setup()

call_command("migrate", verbosity=0)
