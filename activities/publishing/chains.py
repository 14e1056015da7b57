"""Threads written at once: a post, followed by others of the same author that each reply to the previous one."""

import msgspec

from activities.media.services.attachments import require_descriptions
from activities.posts import text as texts
from activities.posts.models import Post, PostGraph, Visibility
from activities.publishing.services import posting
from activities.publishing.services.drafts import PostDraft
from activities.publishing.services.mentions import resolve_mentions
from core.db import async_atomic, sql
from core.errors import Invalid
from users.domains.queries import limits_of
from users.identities.models import Identity


async def write_chain(
    *, author: Identity, draft: PostDraft, post_id: int | None = None, scheduled_id: int | None = None
) -> Post:
    """Write a post with the posts that follow it, all or none, and return the first. Without any it is `write_post`.

    They are one transaction, so that `post_id` (services/idempotency.py) identifies all of them. A poll and a quote belong to the first
    post. Raises as `write_post`, and Invalid if the first needs an author's approval.
    """
    if draft.described_only and draft.all_files:
        await require_descriptions(author.pk, draft.all_files)
    if not draft.parts:
        return await posting.write_post(
            author=author, draft=draft, post_id=post_id, scheduled_id=scheduled_id
        )
    limits = await limits_of(author.domain_id)
    draft = draft.checked(limits)
    await resolve_mentions("\n".join([draft.text, *draft.chain]), author)
    async with async_atomic():
        first = await posting.write_post(
            author=author, draft=draft, post_id=post_id, scheduled_id=scheduled_id, looks_up=False
        )
        if first.state == PostGraph.held.name:
            raise Invalid("chain", "has_to_wait")
        before, people = first, await _people_of(first)
        for number, said in enumerate(draft.parts, 2):
            words, own = people + said.text, said.content_warning
            warning = own if own or said.is_open else draft.content_warning
            if texts.length(words) + texts.length(warning) > limits.characters:
                raise Invalid("chain", "part_too_long", number=number, most=limits.characters)
            part = msgspec.structs.replace(
                draft,
                text=words,
                content_warning=warning,
                visibility=Visibility(first.visibility),
                in_reply_to_id=before.pk,
                attachments=said.files,
                poll=None,
                quoted_id=None,
                chain=(),
                chain_files=(),
                chain_warnings=(),
                chain_open=(),
            )
            before = await posting.write_post(
                author=author, draft=part, scheduled_id=scheduled_id, looks_up=False
            )
    return first


async def _people_of(first: Post) -> str:
    """Return the handles prepended to each further post of a private chain: those mentioned in the first."""
    if first.visibility not in {Visibility.mentioned, Visibility.limited}:
        return ""
    rows = await sql.rows(
        """SELECT i.username, i.host FROM activities_mention m JOIN users_identity i ON i.id = m.identity_id
           WHERE m.post_id = %s AND NOT m.is_silent AND i.id <> %s ORDER BY m.id""",
        (first.pk, first.author_id),
    )
    return "".join(f"@{username}@{host} " for username, host in rows)
