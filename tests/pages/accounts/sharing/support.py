"""A shared identity: mia owns it, mo edits it, ann writes as it; each with a browser that speaks as it, and with a token."""

from dataclasses import dataclass

from api.oauth import tokens
from api.oauth.apps import register_app
from tests.pages.conftest import Site, Visitor
from users.identities.models import Identity
from users.logins.models import AccessRole, IdentityAccess, Session

OWNER, EDITOR, AUTHOR = AccessRole.owner, AccessRole.editor, AccessRole.author


@dataclass
class Shared:
    identity: Identity
    people: dict[AccessRole, Visitor]
    tokens: dict[AccessRole, str]


async def share(site: Site) -> Shared:
    """Let the moderator's login edit the member's identity, and the admin's login write as it."""
    identity = site.member.me
    people = {OWNER: site.member, EDITOR: site.moderator, AUTHOR: site.admin}
    texts = {}
    for role, person in people.items():
        if role is not OWNER:
            await IdentityAccess.objects.acreate(
                user=person.user,
                identity=identity,
                is_owner=False,
                is_editor=role is EDITOR,
                label=f"@{person.me.handle}",
            )
            await Session.objects.filter(user=person.user.pk).aupdate(identity=identity)
        app, _ = await register_app(
            name="App",
            redirect_uris=["urn:ietf:wg:oauth:2.0:oob"],
            scopes="read write follow push",
            website="",
        )
        _, texts[role] = await tokens.issue(
            app=app, scopes="read write follow push", user=person.user, identity=identity
        )
    return Shared(identity, people, texts)
