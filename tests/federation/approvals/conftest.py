"""The server of who asks or is asked."""

from tests.federation.fedify import peer as peer
