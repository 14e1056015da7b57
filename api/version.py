"""The versions of Mastodon's API by which clients choose their features. The version of this software is in NodeInfo."""

from users.statistics.nodeinfo import SOURCE_URL

__all__ = ["API_VERSION", "SOURCE_URL", "VERSION"]

# Nothing may follow the number: clients parse all of it, or look for "compatible; Takahe", which means the old one to them.
VERSION = "4.6.0"
# Whatever Mastodon 4.6 has is served here, but for the endpoints of admins; yearly reports are optional there, and nobody has one here.
API_VERSION = 10
