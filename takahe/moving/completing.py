"""The last step of an import: derived rows are written in its transaction, and the worker is asked to fill the home timelines."""

from activities.conversations.services import list_conversations_of
from activities.timelines.services import rebuild_homes_of
from core import clock
from core.db import sql
from users.domains.models import Domain
from users.domains.style.services import set_style, style_of
from users.identities.models import Identity
from users.identities.services.search_names import index_name
from users.roles.services import refresh_rights
from users.verified_links.services import list_links

_BATCH = 500


async def complete(domain: Domain) -> None:
    """Index names, read the style sheet, grant rights, list conversations and links, and ask the worker to fill home timelines."""
    after = 0
    while people := [
        one async for one in Identity.objects.filter(domain=domain, pk__gt=after).order_by("pk")[:_BATCH]
    ]:
        for identity in people:
            await index_name(identity)
            await list_links(identity)
        after = people[-1].pk
    if (style := await style_of(domain)) is not None:
        await set_style(domain=domain, source=style.source)
    await refresh_rights(
        await sql.column("SELECT DISTINCT user_id FROM users_rolegrant WHERE domain_id = %s", [domain.pk])
    )
    await _mark_notifications_read(domain)
    await list_conversations_of(domain)
    await rebuild_homes_of(domain)


async def _mark_notifications_read(domain: Domain) -> None:
    """Mark those that moved as read: they have new numbers, and the old server has shown them. By notification_identity."""
    await sql.run(
        """INSERT INTO api_marker (identity_id, timeline, last_read_id, version, updated_at)
           SELECT i.id, 'notifications', n.id::text, 1, %(now)s FROM users_identity i
           CROSS JOIN LATERAL (SELECT id FROM activities_notification WHERE identity_id = i.id ORDER BY id DESC LIMIT 1) n
           WHERE i.domain_id = %(domain)s""",
        {"domain": domain.pk, "now": clock.now()},
    )
