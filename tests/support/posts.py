"""Short forms of the services that write and edit posts."""

from collections.abc import Mapping
from typing import Any

from activities.media.services.attachments import MediaChange
from activities.posts.models import Post
from activities.publishing.services import posting
from activities.publishing.services.drafts import PostDraft
from activities.publishing.services.posting import delete_post
from users.identities.models import Identity

__all__ = ["delete_post", "edit_post", "write_post"]


async def write_post(*, author: Identity, post_id: int | None = None, **draft: Any) -> Post:
    return await posting.write_post(author=author, draft=PostDraft(**draft), post_id=post_id)


async def edit_post(
    *,
    author: Identity,
    post_id: int,
    media_changes: Mapping[int, MediaChange] | None = None,
    **draft: Any,
) -> Post:
    return await posting.edit_post(
        author=author, post_id=post_id, draft=PostDraft(**draft), media_changes=media_changes
    )
