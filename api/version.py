"""The API versions by which clients of Mastodon choose features. The version of this software is in NodeInfo."""

from core.config.version import SOURCE_URL

__all__ = ["API_VERSION", "SOURCE_URL", "VERSION"]

# Nothing may follow the number: clients parse the whole string, or look for "compatible; Takahe", by which they recognise the old
# software.
VERSION = "4.6.0"
# Everything of Mastodon 4.6 is served except some admin endpoints; yearly reports are optional there and not generated here.
API_VERSION = 10
