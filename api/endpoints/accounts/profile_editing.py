"""Profile editing, shared by two endpoints, and the caller's own account, shared by three."""

from typing import Annotated, Any

import msgspec
from django.core.files.uploadedfile import UploadedFile

from activities.media.services import profile_pictures
from activities.media.services.profile_pictures import Kind
from api.entities.credential_account import CredentialAccount, credential_account
from api.entities.role import role_entity
from api.parameters import NULL_AS_EMPTY, WIDENS_AUDIENCE, Length
from api.people import moved_to
from api.routing import Call
from core.db import sql
from core.errors import NotFound
from users.identities.models import ActorType, Identity
from users.identities.services import profiles
from users.relations.queries.predicates import FOLLOWS, is_accepted
from users.roles.queries import role_held


class FieldAttributes(msgspec.Struct):
    name: Annotated[str, Length(profiles.MAX_FIELD_LENGTH)] = ""
    value: Annotated[str, Length(profiles.MAX_FIELD_LENGTH)] = ""


class ProfileEdit(msgspec.Struct):
    display_name: Annotated[str | None, NULL_AS_EMPTY] = None
    note: Annotated[str | None, NULL_AS_EMPTY] = None
    avatar: UploadedFile | None = None
    header: UploadedFile | None = None
    avatar_description: (
        Annotated[str, Length(profiles.MAX_PICTURE_DESCRIPTION_LENGTH), NULL_AS_EMPTY] | None
    ) = None
    header_description: (
        Annotated[str, Length(profiles.MAX_PICTURE_DESCRIPTION_LENGTH), NULL_AS_EMPTY] | None
    ) = None
    locked: bool | None = None
    bot: bool | None = None
    discoverable: Annotated[bool | None, WIDENS_AUDIENCE] = None
    hide_collections: bool | None = None
    indexable: Annotated[bool | None, WIDENS_AUDIENCE] = None
    show_media: bool | None = None
    show_media_replies: bool | None = None
    show_featured: bool | None = None
    attribution_domains: list[str] | None = None
    fields_attributes: list[FieldAttributes] | None = None


async def edit_profile(call: Call, edit: ProfileEdit, **more: Any) -> Identity:
    """Edit the caller's profile; absent fields stay unchanged. `more` is passed to the service."""
    pictures: dict[Kind, UploadedFile] = {}
    if edit.avatar is not None:
        pictures["icon"] = edit.avatar
    if edit.header is not None:
        pictures["image"] = edit.header
    actor_type = None
    if edit.bot is not None and edit.bot != (call.me.actor_type == ActorType.service):
        actor_type = ActorType.service if edit.bot else ActorType.person
    fields = None
    if edit.fields_attributes is not None:
        fields = [(field.name, field.value) for field in edit.fields_attributes]
    return await profile_pictures.edit_profile(
        identity=call.me,
        pictures=pictures,
        name=edit.display_name,
        summary=edit.note,
        fields=fields,
        actor_type=actor_type,
        attribution_domains=edit.attribution_domains,
        approves_followers=edit.locked,
        is_discoverable=edit.discoverable,
        is_indexable=edit.indexable,
        hides_follows=edit.hide_collections,
        icon_description=edit.avatar_description,
        image_description=edit.header_description,
        shows_media=edit.show_media,
        shows_media_of_replies=edit.show_media_replies,
        shows_featured=edit.show_featured,
        **more,
    )


async def own_account(call: Call, me: Identity) -> CredentialAccount:
    """Return the caller's own account. One more query than authentication, for staff two."""
    assert call.caller is not None
    assert call.caller.user is not None
    row = await sql.one(
        f"""SELECT i.summary_source,
                  (SELECT count(*) FROM {FOLLOWS} f WHERE f.target_id = i.id AND NOT {is_accepted("f")})
           FROM users_identity i WHERE i.id = %s""",
        [me.pk],
    )
    if row is None:
        raise NotFound
    user = call.caller.user
    held = await role_held(user.pk, call.domain.pk) if user.acts_as_staff else None
    shown = credential_account(
        me,
        call.domain,
        role=role_entity(held, int(user.permissions(call.domain.pk))),
        summary_source=row[0],
        follow_requests=row[1],
    )
    shown.moved = await moved_to(me, call.domain)
    return shown
