"""The viewer for whom an entity is rendered."""

import msgspec

from activities.filters.queries import NO_FILTERS, PersonFilters
from users.domains.models import Domain
from users.identities.models import Identity


class Viewpoint(msgspec.Struct, frozen=True):
    """The domain, the viewer (None: anonymous) and the filters that an entity is rendered for.

    Raises RuntimeError for filters that are not the viewer's current ones, because outdated ones could show what the viewer filtered.
    """

    domain: Domain
    viewer: Identity | None = None
    filters: PersonFilters = NO_FILTERS

    def __post_init__(self) -> None:
        version = self.viewer.filters_version if self.viewer is not None else 0
        who = self.viewer.pk if self.viewer is not None and version else None
        if (self.filters.identity_id, self.filters.version) != (who, version):
            raise RuntimeError(f"these are not the filters of identity {who}")
