"""What we say we are. Clients choose what they offer by these numbers, so they name what is there, not what is planned."""

from users.views.wellknown import VERSION as SOFTWARE_VERSION

VERSION = f"4.2.0 (compatible; Takahe {SOFTWARE_VERSION})"
API_VERSION = 2  # grouped notifications, their policy and requests: docs.joinmastodon.org/entities/Instance#api_versions
SOURCE_URL = "https://github.com/takahe/takahe"
