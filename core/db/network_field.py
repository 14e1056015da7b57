"""A column for networks of addresses, IPv4 or IPv6."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING

from django.db import models


class NetworkField(models.Field):
    """A `cidr` of Postgres, which refuses networks with bits beyond their prefix. Read as IPv4Network or IPv6Network."""

    if TYPE_CHECKING:

        def __get__(self, row: object, kind: type) -> IPv4Network | IPv6Network: ...
        def __set__(self, row: object, value: IPv4Network | IPv6Network) -> None: ...

    def db_type(self, connection: object) -> str:
        return "cidr"

    def from_db_value(
        self, value: str | None, expression: object, connection: object
    ) -> IPv4Network | IPv6Network | None:
        return None if value is None else ip_network(value)

    def get_prep_value(self, value: object) -> str | None:
        return None if value is None else str(value)
