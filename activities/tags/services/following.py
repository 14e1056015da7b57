"""Following hashtags, whose posts are added to the home timeline, and featuring them on the profile."""

from collections.abc import Iterable

from activities.tags.activitypub import feature_document, unfeature_document
from activities.tags.models import FeaturedTag, FollowedTag
from activities.tags.queries import HashtagView, hashtag_named
from activities.tags.services import hashtags
from core.db import async_atomic, sql
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.texts import clean_tag, is_hashtag, normal_tag
from users.identities import events
from users.identities.models import Identity
from users.relations.services.telling import tell_followers

MAX_FOLLOWED = 400
MAX_FEATURED = 10


async def _hashtag(name: str) -> HashtagView:
    """Return the hashtag, creating it if necessary. In a transaction: the lock prevents its removal as unused."""
    display = name.strip().lstrip("#＃")
    if (
        not display
        or not is_hashtag(display)
        or not all(c.isalnum() or c in "_·・\u200c\u200d" for c in display)
    ):
        raise Invalid("tag", "invalid")
    await sql.run(
        "INSERT INTO activities_hashtag (name, display_name, created_at) VALUES (%s, %s, now()) ON CONFLICT DO NOTHING",
        [normal_tag(display), display],
    )
    await sql.run("SELECT 1 FROM activities_hashtag WHERE name = %s FOR KEY SHARE", [normal_tag(display)])
    found = await hashtag_named(display)
    if found is None:
        raise NotFound
    return found


async def follow_tag(*, identity: Identity, name: str) -> HashtagView:
    """Follow a hashtag: its public posts are added to the home timeline.

    Raises BadInput for an invalid one, or too many.
    """
    async with async_atomic():
        tag = await _hashtag(name)
        await FollowedTag.objects.aget_or_create(identity=identity, hashtag_id=tag.id)
        if await FollowedTag.objects.filter(identity=identity.pk).acount() > MAX_FOLLOWED:
            raise Invalid("tag", "too_many_followed", most=MAX_FOLLOWED)
    return tag


async def unfollow_tag(*, identity: Identity, name: str) -> HashtagView:
    """Unfollow a hashtag. Posts in the home timeline are kept."""
    async with async_atomic():
        tag = await _hashtag(name)
        await FollowedTag.objects.filter(identity=identity.pk, hashtag=tag.id).adelete()
    return tag


async def feature_tag(*, identity: Identity, name: str) -> tuple[int, HashtagView]:
    """Feature a hashtag on the profile and return the row's id and the tag. Raises BadInput as `follow_tag`."""
    async with async_atomic():
        tag = await _hashtag(name)
        row, is_new = await FeaturedTag.objects.aget_or_create(identity=identity, hashtag_id=tag.id)
        if await FeaturedTag.objects.filter(identity=identity.pk).acount() > MAX_FEATURED:
            raise Invalid("tag", "too_many_featured", most=MAX_FEATURED)
        if is_new:
            await tell_followers(
                identity,
                feature_document(
                    row_id=row.pk, identity=identity, name=tag.name, display_name=tag.display_name
                ),
            )
    return row.pk, tag


async def unfeature_tag(*, identity: Identity, name: str = "", row_id: int | None = None) -> None:
    """Remove a featured hashtag, by name or row id. Raises NotFound for another user's row."""
    async with async_atomic():
        rows = FeaturedTag.objects.select_related("hashtag").filter(identity=identity.pk)
        named = {"hashtag__name": normal_tag(name)} if row_id is None else {"pk": row_id}
        row = await rows.filter(**named).afirst()
        if row is not None:
            await FeaturedTag.objects.filter(pk=row.pk).adelete()
            tag = row.hashtag
            await tell_followers(
                identity,
                unfeature_document(
                    row_id=row.pk, identity=identity, name=tag.name, display_name=tag.display_name
                ),
            )
        elif row_id is not None:
            raise NotFound


async def set_featured_tags(*, identity_id: int, names: Iterable[str]) -> None:
    """Set the hashtags featured by a remote identity to exactly these, at most ten; invalid ones are left out."""
    tags: dict[str, str] = {}  # normal form → as written
    for name in map(clean_tag, names):
        if name and len(tags) < MAX_FEATURED:
            tags.setdefault(normal_tag(name), name)
    async with async_atomic():
        await hashtags.make_hashtags(tags)
        await FeaturedTag.objects.filter(identity=identity_id).exclude(hashtag__name__in=list(tags)).adelete()
        for name in sorted(tags):
            await _feature(identity_id, name)


async def feature_remote_tag(*, identity_id: int, name: str) -> bool:
    """Feature one more hashtag for a remote identity, if it has fewer than ten. Return False for an invalid one."""
    name = clean_tag(name)
    if name:
        async with async_atomic():
            await hashtags.make_hashtags({normal_tag(name): name})
            await _feature(identity_id, normal_tag(name))
    return bool(name)


async def _feature(identity_id: int, name: str) -> None:
    await sql.run(
        """INSERT INTO activities_featuredtag (id, identity_id, hashtag_id)
           SELECT %(id)s, %(identity)s, h.id FROM (SELECT id FROM activities_hashtag WHERE name = %(name)s FOR KEY SHARE) h
           WHERE (SELECT count(*) FROM activities_featuredtag WHERE identity_id = %(identity)s) < %(most)s
           ON CONFLICT DO NOTHING""",
        {"id": new_id(), "identity": identity_id, "name": name, "most": MAX_FEATURED},
    )


@events.on_identity_deleted
async def delete_tags_of(identity: Identity) -> None:
    await FollowedTag.objects.filter(identity=identity.pk).adelete()
    await FeaturedTag.objects.filter(identity=identity.pk).adelete()
