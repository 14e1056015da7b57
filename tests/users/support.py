"""Domains, users and logins for tests, without the slow parts (keys are made once, passwords only where they matter)."""

import functools
from typing import Any

import msgspec

from core import clock
from core.crypto.keys import KeyPair, make_rsa_pair
from core.db import sql
from core.ids import new_id
from federation.models import Delivery, OutgoingActivity
from users.domains import services as domains
from users.domains.models import Domain
from users.domains.queries import clear_domain_cache
from users.identities.models import Identity
from users.identities.services.profiles import addresses_of
from users.identities.services.search_names import index_name
from users.logins.models import IdentityAccess, Session, User
from users.logins.services import logins
from users.roles.models import BuiltIn
from users.roles.services import put_grant, remove_grant

AP = {"Accept": "application/activity+json"}


@functools.cache
def key_pair() -> KeyPair:
    """Return the same key pair for everyone."""
    return make_rsa_pair()


async def make_domain(name: str = "testserver", service_name: str | None = None, **changes: Any) -> Domain:
    domain = await Domain.objects.acreate(name=name, service_name=service_name, title=f"The {name}")
    clear_domain_cache()
    return await domains.edit_domain(domain=domain, **changes) if changes else domain


async def make_rules(domain: Domain, *texts: str) -> None:
    """Give a domain rules with the numbers 1, 2 …"""
    for text in texts:
        await domains.add_rule(domain=domain, text=text)


async def make_user(email: str = "ada@example.org", role: BuiltIn | None = None, **changes: Any) -> User:
    """Create a login without a password, with which nobody can sign in; optionally with a role on the whole server."""
    now = clock.now()
    values = {"confirmed_at": now, "approved_at": now, **changes}
    user = await User.objects.acreate(email=email, **values)
    if role is not None:
        await give_role(user, role)
    return user


async def give_role(user: User, role: BuiltIn | None, domain: Domain | None = None) -> User:
    """Give a login a role on a domain or on the whole server; None removes it."""
    place = domain.pk if domain is not None else None
    if role is None:
        await remove_grant(user_id=user.pk, domain_id=place)
    else:
        await put_grant(user_id=user.pk, role_id=role.id, domain_id=place)
    fresh = await User.objects.aget(pk=user.pk)
    user.rights, user.is_staff = fresh.rights, fresh.is_staff
    return user


def values_of(domain: Domain, username: str) -> dict[str, Any]:
    """Return the column values of a user of the domain."""
    pair = key_pair()
    return {
        **addresses_of(domain, username),
        "username": username,
        "host": domain.name,
        "domain": domain,
        "public_key": pair.public_pem,
        "private_key": pair.private_pem,
        "created_at": clock.now(),
    }


async def make_person(
    domain: Domain, username: str = "ada", user: User | None = None, **changes: Any
) -> Identity:
    identity = await Identity.objects.acreate(**values_of(domain, username) | changes)
    await index_name(identity)
    if user is not None:
        await IdentityAccess.objects.acreate(user=user, identity=identity)
    return identity


async def make_remote(username: str = "bob", host: str = "remote.example", **changes: Any) -> Identity:
    uri = f"https://{host}/users/{username}"
    values: dict[str, Any] = {
        "id": new_id(),
        "uri": uri,
        "profile_url": f"https://{host}/@{username}",
        "inbox_url": f"{uri}/inbox",
        "shared_inbox_url": f"https://{host}/inbox",
        "followers_url": f"{uri}/followers",
        "public_key_id": f"{uri}#main-key",
        "public_key": key_pair().public_pem,
        "created_at": clock.now(),
        "fetched_at": clock.now(),
        **changes,
    }
    identity = await Identity.objects.acreate(username=username, host=host, **values)
    await index_name(identity)
    return identity


async def sign_in(user: User, domain: Domain | None = None) -> tuple[Session, str]:
    return await logins.open_session(user=user, address="127.0.0.1", user_agent="test", domain=domain)


async def fresh(identity: Identity) -> Identity:
    return await Identity.objects.aget(pk=identity.pk)


async def make_many(count: int) -> None:
    """Create so many remote actors on 20 servers, with ids from 1."""
    await sql.run(
        """
        INSERT INTO users_identity (id, username, host, uri, profile_url, actor_type, name, summary, summary_source, fields, emojis, icon_url,
            icon_description, image_url, image_description, inbox_url, shared_inbox_url, outbox_url, followers_url, following_url, featured_url,
            public_key_id, public_key, private_key, approves_followers, is_discoverable, is_indexable, hides_follows, also_known_as,
            moved_to_uri, restriction, posts_count, followers_count, following_count, default_visibility, default_language, created_at, state)
        SELECT n, 'u' || n, 's' || n %% 20, 'https://s' || n %% 20 || '/u' || n, '', 'Person', '', '', '', '[]', '[]', '', '', '', '',
            'https://s' || n %% 20 || '/u' || n || '/inbox', 'https://s' || n %% 20 || '/inbox', '', '', '', '', '', '', '', false, true, false, false,
            '[]', '', 0, 0, 0, 0, 0, '', now(), 'steady'
        FROM generate_series(1, %s) n
        """,
        [count],
    )


async def sent() -> list[tuple[str, list[str], dict[str, Any]]]:
    """Return the queued deliveries, oldest first: (type, inboxes, document)."""
    activities = [row async for row in OutgoingActivity.objects.order_by("id")]
    found = []
    for row in activities:
        inboxes = [d.inbox async for d in Delivery.objects.filter(activity=row.pk).order_by("inbox")]
        found.append((row.activity_type, inboxes, msgspec.json.decode(bytes(row.body))))
    return found
