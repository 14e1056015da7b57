"""A server whose users ask for approval, or are asked."""

from tests.federation.fedify import peer as peer
