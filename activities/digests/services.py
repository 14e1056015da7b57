"""Asking for digests, and making the one that is due."""

import datetime as dt

import msgspec
from django.core.signing import BadSignature, Signer

from activities.digests.models import Digest, Frequency
from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from activities.posts.models import Visibility
from activities.posts.queries.views import PostView
from activities.timelines.queries.catch_up import Order, catch_up
from core import clock
from core.db import async_atomic, delete_batch, sql
from core.errors import NotFound
from core.logs import get_logger
from core.texts.html import to_text
from users.domains.queries import domain_by_id
from users.identities import events
from users.identities.models import Identity
from users.logins.models import User
from users.logins.queries import identity_accessible_to
from users.logins.services.mailing import queue_mail

log = get_logger(__name__)

MOST_POSTS = 10
_MOST_CHARACTERS = 280
_LOOKED_AT = 40  # posts, of which some are for followers, or filtered
_TRIED_AGAIN_AFTER = dt.timedelta(hours=6)
_OPEN = {Visibility.public, Visibility.unlisted}
_DIGESTS = sql.table(Digest)


class Line(msgspec.Struct, frozen=True):
    """A post in a mail. `text` is its content warning where it has one; `handle` and `id` make its address."""

    name: str
    handle: str
    text: str
    id: int


async def frequency_of(user: User, identity: Identity) -> Frequency | None:
    """Return how often a login gets digests of an identity; None for never."""
    days = await sql.value(
        f"SELECT days FROM {_DIGESTS} WHERE user_id = %s AND identity_id = %s", [user.pk, identity.pk]
    )
    return None if days is None else Frequency(days)


async def set_frequency(*, user: User, identity: Identity, frequency: Frequency | None) -> None:
    """Change how often a login gets digests of an identity, the first one after that time; None ends them."""
    if frequency is None:
        await Digest.objects.filter(user=user.pk, identity=identity.pk).adelete()
        return
    await sql.run(
        f"""INSERT INTO {_DIGESTS} (user_id, identity_id, days, due_at) VALUES (%s, %s, %s, %s)
            ON CONFLICT (user_id, identity_id) DO UPDATE SET days = EXCLUDED.days, due_at = EXCLUDED.due_at
            WHERE {_DIGESTS}.days <> EXCLUDED.days""",
        [user.pk, identity.pk, frequency.value, clock.now() + dt.timedelta(days=frequency.value)],
    )


async def digest_of(token: str) -> Digest | None:
    """Return the digest that a mail's token names, None if it has ended. Raises NotFound if the token is not ours."""
    try:
        user_id, identity_id = map(int, _signer().unsign(token).split("."))
    except (BadSignature, ValueError):
        raise NotFound from None
    rows = Digest.objects.select_related("identity")
    return await rows.filter(user=user_id, identity=identity_id).afirst()


async def end_digest(token: str) -> None:
    """End the digest that a mail's token names, for whoever has the mail. Raises NotFound if the token is not ours."""
    digest = await digest_of(token)
    if digest is not None:
        await digest.adelete()


def _signer() -> Signer:
    return Signer(salt="digests")


async def send_due(limit: int) -> int:
    """Queue the mails of up to `limit` digests that are due; return how many were due. Served by activities_digest_due.

    Each is made in a transaction of its own, so that one is neither lost nor sent twice when the worker ends in it. One that can't be
    made is tried again later, after those of others.
    """
    due = f"SELECT user_id, identity_id FROM {_DIGESTS} WHERE due_at <= %s ORDER BY due_at LIMIT %s"
    rows = await sql.rows(due, [clock.now(), limit])
    for user_id, identity_id in rows:
        try:
            async with async_atomic():
                await _send(user_id, identity_id)
        except Exception:
            log.exception("digest.failed", user=user_id, identity=identity_id)
            mine = Digest.objects.filter(user=user_id, identity=identity_id, due_at__lte=clock.now())
            await mine.aupdate(due_at=clock.now() + _TRIED_AGAIN_AFTER)
    return len(rows)


async def _send(user_id: int, identity_id: int) -> None:
    digest = (
        await Digest.objects.select_for_update(skip_locked=True)
        .filter(user=user_id, identity=identity_id, due_at__lte=clock.now())
        .afirst()
    )
    if digest is None:
        return
    user = await User.objects.aget(pk=user_id)
    identity = await identity_accessible_to(user, identity_id)
    domain = await domain_by_id(identity.domain_id) if identity is not None and identity.domain_id else None
    if identity is None or domain is None:  # handed over, or deleted
        await digest.adelete()
        return
    since = clock.now() - dt.timedelta(days=digest.days)
    digest.due_at = clock.now() + dt.timedelta(days=digest.days)
    await digest.asave(update_fields=["due_at"])
    may_read = user.may_act and not identity.is_suspended
    lines = await _lines(identity, since) if may_read else []
    if lines:
        await queue_mail(
            to=user.email,
            domain=domain,
            about="home/digest",
            useful_for=dt.timedelta(days=1),
            language=user.language,
            unsubscribe_url=f"{domain.base_url}/digest/stop/{_signer().sign(f'{user_id}.{identity_id}')}",
            handle=identity.handle,
            days=digest.days,
            posts=lines,
        )


async def _lines(identity: Identity, since: dt.datetime) -> list[Line]:
    """Return what others liked and boosted most in a home. Mails are read by mail servers, so nothing that is for followers only."""
    posts = await catch_up(identity, since=since, order=Order.boosts, limit=_LOOKED_AT, offset=0)
    calm = await apply_filters(posts, identity, FilterContext.home)
    shown = [post.boost_of or post for post in calm]
    return [_line(post) for post in shown if post.visibility in _OPEN and not post.filtered][:MOST_POSTS]


def _line(post: PostView) -> Line:
    text = " ".join((post.content_warning or post.title or to_text(post.content)).split())
    if len(text) > _MOST_CHARACTERS:
        text = text[:_MOST_CHARACTERS].rsplit(" ", 1)[0] + " …"
    author = post.author
    return Line(" ".join((author.name or author.username).split()), author.handle, text, post.id)


@events.on_identity_deleted
async def delete_digests_of(identity: Identity) -> bool:
    """Delete the digests of an identity; return whether there are more."""
    return await delete_batch(_DIGESTS, "identity_id = %(who)s", {"who": identity.pk})
