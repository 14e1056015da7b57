"""What we say we are. Clients choose what they offer by these numbers: the API of Mastodon 4.6, but for collections and yearly reports,
which answer 404 so far."""

from users.views.wellknown import VERSION as SOFTWARE_VERSION

VERSION = f"4.6.0 (compatible; Takahe {SOFTWARE_VERSION})"
API_VERSION = 10  # what 4.6 sends, as the package mastodon-mock 0.6.1 has it: docs.joinmastodon.org/entities/Instance#api_versions
SOURCE_URL = "https://github.com/takahe/takahe"
