"""StatusEdit: docs.joinmastodon.org/entities/StatusEdit"""

import msgspec
from msgspec import UNSET, UnsetType

from activities.posts.queries.revisions import RevisionView
from activities.posts.queries.views import AttachmentView, PostView
from api.entities.account import Account, account
from api.entities.custom_emoji import CustomEmoji, custom_emojis
from api.entities.media_attachment import MediaAttachment, media_attachment
from api.entities.times import timestamp
from users.domains.models import Domain


class StatusEditOption(msgspec.Struct):
    title: str


class StatusEditPoll(msgspec.Struct):
    options: list[StatusEditOption]


class StatusEdit(msgspec.Struct, kw_only=True):
    content: str
    spoiler_text: str
    sensitive: bool
    created_at: str
    account: Account
    media_attachments: list[MediaAttachment]
    emojis: list[CustomEmoji]
    poll: StatusEditPoll | UnsetType = UNSET


def status_edits(post: PostView, revisions: list[RevisionView], domain: Domain) -> list[StatusEdit]:
    """Render all versions, oldest first."""
    author = account(post.author, domain)
    today = {one.url: one for one in post.attachments}
    return [
        StatusEdit(
            content=revision.content,
            spoiler_text=revision.content_warning,
            sensitive=revision.is_sensitive,
            created_at=timestamp(revision.created_at),
            account=author,
            media_attachments=[
                media_attachment(
                    _with_facts(file, today.get(file.url)),
                    is_local=post.is_local,
                    base_url=domain.base_url,
                    owner=post.author.uri,
                )
                for file in revision.attachments
            ],
            emojis=custom_emojis(revision.emojis, domain),
            poll=StatusEditPoll([StatusEditOption(title) for title in revision.options])
            if revision.options
            else UNSET,
        )
        for revision in revisions
    ]


def _with_facts(file: AttachmentView, today: AttachmentView | None) -> AttachmentView:
    """Return a file of a version; one that an earlier release kept with little more than its URL as it is today, if the post still has it."""
    if file.id or today is None:
        return file
    return msgspec.structs.replace(today, description=file.description)
