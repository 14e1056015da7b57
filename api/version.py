"""The versions of Mastodon's API by which clients choose their features. The version of this software is in NodeInfo."""

from users.statistics.nodeinfo import SOURCE_URL

__all__ = ["API_VERSION", "SOURCE_URL", "VERSION"]

# Nothing may follow the number: clients parse all of it, or look for "compatible; Takahe", which means the old one to them.
VERSION = "4.6.0"
# Whatever Mastodon 4.5 has is served here. Later numbers promise more of 4.6 than is here: of collections, notifications and reports.
API_VERSION = 7
