"""URLs of a domain's own pictures: logo, icon and banner."""

from core.media.locations import url_of
from core.media.names import TYPES
from users.domains.models import Domain


def picture_url(domain: Domain, name: str) -> str:
    """Return the URL of a stored picture of a domain."""
    return url_of(name, domain.base_url)


def type_of(name: str) -> str:
    """Return the media type of a stored file."""
    return TYPES[name.rpartition(".")[2]]
