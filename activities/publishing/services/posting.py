"""Writing, editing and deleting local posts. The worker publishes the changes."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import msgspec

from activities.approvals.services import asking
from activities.media.services.attachments import (
    MediaChange,
    attach,
    attachments_of,
    changed_only,
    describe,
    detach,
)
from activities.polls import services as polls
from activities.posts import events
from activities.posts.activitypub.notes import note_document
from activities.posts.addresses import base_url_of
from activities.posts.defaults import default_policy, kept_here
from activities.posts.markdown import markdown_to_html
from activities.posts.models import Interaction, Post, PostGraph, PostType, Visibility
from activities.posts.queries.delivery import load_for_delivery
from activities.posts.queries.groups import is_locked
from activities.posts.queries.visibility import may_see, visible_original
from activities.posts.queries.writers import require_writer
from activities.posts.services import counters, expiry
from activities.posts.services.parts import delete_parts
from activities.posts.services.revising import keep_revision
from activities.previews import services as previews
from activities.publishing.services import mentions, pins
from activities.publishing.services.consent import must_ask, needs_approval_proof
from activities.publishing.services.drafts import PostDraft
from activities.publishing.services.emojis import emojis_in
from activities.quotes.services import quotes
from activities.tags.services.hashtags import add_hashtags, set_hashtags
from core import clock
from core.db import async_atomic
from core.errors import NotAllowed, NotFound
from core.ids import new_id
from core.texts import Handle, hashtags, to_html
from core.texts.languages import known_language
from federation.documents import host_of
from stator import transition
from users.domains import options
from users.domains.queries import limits_of
from users.identities.models import Identity
from users.identities.queries.mentioned import Mentioned
from users.identities.services.moved import refuse_moved


async def write_post(
    *,
    author: Identity,
    draft: PostDraft,
    post_id: int | None = None,
    scheduled_id: int | None = None,
    looks_up: bool = True,
) -> Post:
    """Write a post: store it, add it to its author's home timeline and queue it for everyone else.

    `post_id` is an id reserved for it (services/idempotency.py); writing it twice raises IntegrityError. `scheduled_id` is the scheduled
    post that holds these files. Inside a transaction unknown actors must be looked up before, and `looks_up` is false.
    Without a visibility it is the author's default, or the parent's if that is narrower; a reply to a local-only post stays local-only,
    direct or limited, and one to a limited post is direct, or limited if it is the same author's. On a domain that doesn't federate public
    and unlisted posts are local-only. Raises BadInput, UnexpectedMentions,
    NotFound if the author may not see the parent, NotAllowed if the author has moved away or the parent's policy forbids replies.
    """
    refuse_moved(author)
    limits = await limits_of(author.domain_id)
    draft = draft.checked(limits)
    question = polls.new_question(draft.poll, most=limits.poll_options) if draft.poll else None
    if looks_up:
        await mentions.resolve_mentions(draft.spoken, author)
    async with async_atomic():
        quoted = None if draft.quoted_id is None else await quotes.require_quotable(author, draft.quoted_id)
        parent = None if draft.in_reply_to_id is None else await _parent(draft.in_reply_to_id, author)
        asks = parent is not None and await must_ask(Interaction.reply, author, parent)
        post_id = post_id or new_id()
        people = await mentions.named_in(draft.spoken, author)
        mentions.check_named(author, people.values(), draft.allowed_mentions)
        shown_to = await _visibility(draft.visibility, author, parent)
        if quoted is not None:
            shown_to = quotes.visibility_of_quote(quoted, shown_to)
        circle_id, silent = await mentions.silently_addressed(author, draft.circle_id, parent, shown_to)
        content = await _content(draft, author.default_sensitive, author, people, question)
        shows_card = quoted is None and not draft.files
        post = Post(
            id=post_id,
            author=author,
            uri=f"{author.uri}/statuses/{post_id}",
            url=f"{base_url_of(author)}/@{author.username}/{post_id}",
            is_local=True,
            visibility=shown_to,
            circle_id=circle_id,
            type=PostType.question if question else PostType.note,
            question=question,
            **_policies(draft, author, shown_to),
            in_reply_to=parent,
            in_reply_to_author_id=parent.author_id if parent else None,
            conversation_id=(parent.conversation_id or parent.pk) if parent else post_id,
            **content,
            card_id=await previews.card_for(content["content"]) if shows_card else None,
            language=await _language(draft.language, author),
            application=draft.application[:100],
            application_website=draft.application_website,
            created_at=clock.now(),
        )
        if asks:
            post.state, post.state_due_at = PostGraph.held.name, None
        await post.asave(force_insert=True)
        named = {person.id for person in people.values()} | mentions.answered_in_private(author, parent)
        await mentions.add_mentions(post.pk, named, silent - named)
        await add_hashtags(post.pk, hashtags(draft.spoken), written_on=author.domain_id)
        if draft.files:
            await attach(post.pk, author.pk, draft.files, scheduled_id=scheduled_id)
        if question is not None:
            await polls.schedule_end(post)
        if quoted is not None:
            await quotes.attach_quote(post, quoted)
        if parent is not None:
            await _ask(post, parent, asks=asks)
        if draft.expires_after is not None:
            await expiry.expire(post.pk, draft.expires_after)
        await counters.count_post(post)
        await events.on_post_created.emit(post)
    return post


def _policies(draft: PostDraft, author: Identity | None, shown_to: Visibility) -> dict[str, int]:
    """Return the policies set in a draft, and for the others the author's defaults, if one is given."""
    policies: dict[str, int] = {}
    for kind in Interaction:
        flags = draft.quote_policy if kind is Interaction.quote else draft.policies.get(kind)
        if flags is None and author is not None:
            flags = default_policy(author, kind, shown_to)
        if flags is not None:
            policies[f"{kind}_policy"] = (
                quotes.policy_for(flags, shown_to) if kind is Interaction.quote else flags
            )
    return policies


async def _ask(post: Post, parent: Post, *, asks: bool) -> None:
    """Request approval from the parent's author, or record what its policy allows, if other servers can't see that."""
    if not asks and (
        not parent.is_local or not await needs_approval_proof(Interaction.reply, post.author, parent)
    ):
        return
    parent.author = await Identity.objects.aget(pk=parent.author_id)
    if asks:
        # a reply to a circle or to others may not be for them
        note = None
        if await may_see(parent.author, post.pk):
            shown = (await load_for_delivery([post.pk]))[post.pk]
            note = note_document(dataclasses.replace(shown, shown_to_host=host_of(parent.author.uri)))
        await asking.ask(
            Interaction.reply, identity=post.author, target=parent, uri=post.uri, post=post, embedded=note
        )
    else:
        await asking.approve_own(
            Interaction.reply, identity=post.author, target=parent, uri=post.uri, post=post
        )


async def _language(wanted: str | None, author: Identity) -> str:
    """Return the post's language code: the given one, else its author's default, else the domain's."""
    known = known_language(wanted) or known_language(author.default_language)
    return known or known_language(await options.get(options.LANGUAGE, domain=author.domain_id)) or "en"


async def edit_post(
    *,
    author: Identity,
    post_id: int,
    draft: PostDraft,
    media_changes: Mapping[int, MediaChange] | None = None,
) -> Post:
    """Edit a post and keep its earlier version as a Revision. The audience does not change.

    A changed question loses its votes. An edit without changes is ignored. Raises NotFound if it is not the author's, BadInput as
    `write_post`.
    """
    limits = await limits_of(author.domain_id)
    draft.check_length(limits)
    await mentions.resolve_mentions(draft.spoken, author)
    async with async_atomic():
        post = await _own_post(author, post_id)
        attached = await attachments_of(post.pk)
        attachments = draft.attachments
        if attachments is not None and list(attachments) == [one.id for one in attached]:
            attachments = None
        media_changes = changed_only(media_changes or {}, attached)
        has_files = bool(attached if attachments is None else attachments)
        if draft.is_markdown is None:
            draft = msgspec.structs.replace(draft, is_markdown=post.is_markdown)
        draft = draft.checked(limits, has_files=has_files, quotes=bool(post.quote_uri))
        people = await mentions.named_in(draft.spoken, author)
        asked = polls.new_question(draft.poll, most=limits.poll_options) if draft.poll else post.question
        changed = await _content(draft, post.is_sensitive, author, people, asked)
        if known := known_language(draft.language):
            changed["language"] = known
        changed |= _policies(draft, None, Visibility(post.visibility))
        if draft.poll is not None:
            changed |= await _changed_question(post, draft.poll, limits.poll_options)
        if (
            attachments is None
            and not media_changes
            and all(getattr(post, name) == value for name, value in changed.items())
        ):
            return post
        await keep_revision(post, most=limits.edits)
        for name, value in changed.items():
            setattr(post, name, value)
        post.edited_at = clock.now()
        await post.asave(update_fields=[*changed, "edited_at"])
        await events.on_newly_mentioned.emit(post, await _set_named(post, author, draft.spoken, people))
        if attachments is not None:
            await attach(post.pk, author.pk, attachments)
        if media_changes:
            await describe(post.pk, author.pk, media_changes)
        if "question" in changed:
            await polls.schedule_end(post)
        if not has_files and not post.quote_uri:
            await previews.link_card(post)
        await announce_edit(post)
    return post


async def _changed_question(post: Post, draft: polls.PollDraft, most: int) -> dict[str, Any]:
    """Return the edited question: a new one without votes if its options changed."""
    question = polls.new_question(draft, most=most)
    before = post.question
    if before is not None and polls.is_same_question(before, question):
        kept = {"options": before["options"], "voters": before.get("voters")}
        if bool(before.get("hides_totals")) == question["hides_totals"]:
            ends_at, wanted_end = polls.end_of(before), polls.end_of(question)
            assert wanted_end is not None
            # clients send the poll with every edit, its duration counted from now
            if ends_at is not None and abs((wanted_end - ends_at).total_seconds()) < polls.SAME_END_S:
                return {}
        return {"question": question | kept}
    await polls.delete_votes(post.pk)
    return {"question": question, "type": PostType.question}


async def delete_post(*, author: Identity, post_id: int, keeps_media: bool = False) -> Post:
    """Delete a post's content permanently; its URI remains, to answer 410. Raises NotFound if it is not the author's.

    With `keeps_media` its files are kept for a day, to be attached to another post.
    """
    async with async_atomic():
        post = await _own_post(author, post_id)
        if keeps_media:
            await detach(post.pk)
        await delete_content(post)
    return post


async def delete_content(post: Post) -> None:
    """Delete everything of a post but its URI. The worker announces the deletion. In a transaction."""
    if post.deleted_at is not None:
        return
    await counters.uncount_post(post)
    post.deleted_at = clock.now()
    await empty(post)


async def empty(post: Post) -> None:
    """Delete everything of a post that is already hidden and uncounted. In a transaction."""
    if post.is_local:
        await pins.remove_pin(author_id=post.author_id, post_id=post.pk)
    # the worker tells the voters' servers that a local poll ended, and removes the votes then
    await delete_parts([post.pk], keeps_remote_votes=post.is_local)
    await quotes.forget_quote(post)
    post.title = post.content = post.source = post.content_warning = ""
    post.emojis, post.question = [], None
    await post.asave(
        update_fields=["title", "content", "source", "content_warning", "emojis", "question", "deleted_at"]
    )
    await transition(post, PostGraph.deleted)


async def announce_edit(post: Post) -> None:
    """Queue an edit for everyone who has the post. An unpublished one is sent in its current form, a hidden one once it is shown."""
    if post.is_hidden:
        return
    if post.state in {PostGraph.new.name, PostGraph.failed.name}:
        await transition(post, PostGraph.new)
    else:
        await transition(post, PostGraph.edited)


async def visibility_now(author: Identity, draft: PostDraft) -> Visibility:
    """Return the visibility that such a post would have now. Raises NotFound if the author may not see its parent, and as `write_post` for
    a circle.
    """
    parent = None if draft.in_reply_to_id is None else await _parent(draft.in_reply_to_id, author)
    shown_to = await _visibility(draft.visibility, author, parent)
    await mentions.silently_addressed(author, draft.circle_id, parent, shown_to)
    return shown_to


async def _parent(post_id: int, author: Identity) -> Post:
    """Return the parent (a boost's original). Raises NotFound if the author may not see it."""
    parent_id = await visible_original(author, post_id)
    parent = None if parent_id is None else await Post.objects.filter(pk=parent_id).afirst()
    if parent is None:
        raise NotFound(code="not_answerable")
    if await is_locked(parent.pk, parent.conversation_id):
        raise NotAllowed(code="thread_locked")
    return parent


async def _visibility(wanted: Visibility | None, author: Identity, parent: Post | None) -> Visibility:
    return await kept_here(author, _wanted_visibility(wanted, author, parent))


def _wanted_visibility(wanted: Visibility | None, author: Identity, parent: Post | None) -> Visibility:
    if parent is not None and parent.visibility == Visibility.local_only:
        return wanted if wanted in {Visibility.mentioned, Visibility.limited} else Visibility.local_only
    if parent is not None and parent.visibility == Visibility.limited:
        is_own = parent.author_id == author.pk and wanted != Visibility.mentioned
        return Visibility.limited if is_own else Visibility.mentioned
    if wanted is not None:
        return Visibility(wanted)
    default = Visibility(author.default_visibility)
    if parent is None or default == Visibility.local_only:
        return default
    return Visibility(max(default, parent.visibility))


async def _content(
    draft: PostDraft,
    is_sensitive: bool,
    author: Identity,
    people: dict[Handle, Mentioned],
    question: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return the post columns of a checked draft. `is_sensitive` is the default."""
    html = _html(draft, author, people)
    options_said = [option["title"] for option in question["options"]] if question else []
    marked = is_sensitive if draft.is_sensitive is None else draft.is_sensitive
    return {
        "content": html,
        "source": draft.text,
        "is_markdown": bool(draft.is_markdown),
        "content_warning": draft.content_warning,
        "is_sensitive": marked or bool(draft.content_warning),
        "emojis": await emojis_in(author, draft.spoken, draft.content_warning, *options_said),
    }


def _html(draft: PostDraft, author: Identity, people: Mapping[Handle, Mentioned]) -> str:
    return (markdown_to_html if draft.is_markdown else to_html)(
        draft.text,
        own_host=author.host,
        base_url=base_url_of(author),
        profile_urls={handle: person.profile_url for handle, person in people.items()},
    )


async def html_of(draft: PostDraft, author: Identity) -> str:
    """Return the HTML of a draft's text, without looking up unknown actors."""
    return _html(draft, author, await mentions.named_in(draft.spoken, author))


async def _set_named(post: Post, author: Identity, text: str, people: dict[Handle, Mentioned]) -> list[int]:
    """Set mentions and hashtags, and return the ids of newly mentioned identities."""
    newly_named = await mentions.set_mentions(post.pk, {person.id for person in people.values()})
    await set_hashtags(post.pk, hashtags(text), written_on=author.domain_id)
    return newly_named


async def _own_post(author: Identity, post_id: int) -> Post:
    """Return the author's own post, locked. For boosts use `unboost`."""
    found = Post.objects.filter(pk=post_id, author_id=author.pk, deleted_at=None, boost_of=None)
    post = await found.select_for_update(no_key=True).afirst()
    if post is None:
        raise NotFound
    await require_writer(post.pk)
    post.author = author
    return post
