"""The caller's profile for editing (docs.joinmastodon.org/methods/profile)."""

from activities.media.services import profile_pictures
from activities.tags.queries import featured_tags
from api.endpoints.accounts.profile_editing import ProfileEdit, edit_profile, own_account
from api.entities.credential_account import CredentialAccount
from api.entities.profile import Profile, profile
from api.routing import Call, endpoint
from core.db import sql
from core.media.limits import MEGABYTE, PICTURE_BYTES
from users.identities.models import Identity


async def _shown(identity: Identity) -> Profile:
    source = await sql.value("SELECT summary_source FROM users_identity WHERE id = %s", [identity.pk])
    return profile(identity, source or "", await featured_tags(identity.pk))


@endpoint("GET", "/api/v1/profile", scope="profile|read:accounts", auth="user")
async def show(call: Call) -> Profile:
    """Return the caller's profile as typed."""
    return await _shown(call.me)


@endpoint(
    "PATCH",
    "/api/v1/profile",
    scope="write:accounts",
    auth="user",
    body_bytes=2 * PICTURE_BYTES + MEGABYTE,
)
async def update(call: Call, edit: ProfileEdit) -> Profile:
    """Edit the caller's profile; absent fields stay unchanged."""
    return await _shown(await edit_profile(call, edit))


@endpoint("DELETE", "/api/v1/profile/avatar", scope="write:accounts", auth="user")
async def delete_avatar(call: Call) -> CredentialAccount:
    """Remove the avatar and its description."""
    return await own_account(call, await profile_pictures.edit_profile(identity=call.me, without=("icon",)))


@endpoint("DELETE", "/api/v1/profile/header", scope="write:accounts", auth="user")
async def delete_header(call: Call) -> CredentialAccount:
    """Remove the header and its description."""
    return await own_account(call, await profile_pictures.edit_profile(identity=call.me, without=("image",)))
