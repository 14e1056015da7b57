"""The process from which those of these tests are forked: `python -m tests.stator.app.loaded FD` loads only the engine and the test app."""

import os
import socket
import sys
from importlib import import_module

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.stator.app.settings"

import django
import uvloop  # noqa: F401

from tests.support.forks.loaded import forget_environment, serve

django.setup()
import_module("stator.workers.worker")
import_module("tests.stator.app.handlers")
forget_environment("takahe.settings", "tests.stator.app.settings")
serve(socket.socket(fileno=int(sys.argv[1])))
