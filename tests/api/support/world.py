"""A small world for API tests: a domain, users with tokens, a remote user, and a client for each of them."""

import dataclasses
import secrets
from typing import Any

import httpx

from activities.posts.models import Post, Visibility
from api.models import App, Token
from api.oauth import tokens
from api.oauth.bearer import token_hash
from api.services import statistics
from core import clock
from core.ratelimit import limiter
from tests.activities import people as rows
from tests.api.support.entities import check
from tests.support.posts import write_post
from tests.users import support
from users.domains.models import Domain
from users.identities.models import Identity
from users.identities.services.search_names import index_name
from users.logins.models import IdentityAccess, User
from users.roles.models import OWNER

ALL_SCOPES = "read write follow push profile"


class Speaker:
    """An HTTP client with one token (or none) that checks the responses."""

    def __init__(self, http: httpx.AsyncClient, token: str = "", identity: Identity | None = None) -> None:
        self.http = http
        self.token = token
        self._identity = identity

    @property
    def me(self) -> Identity:
        assert self._identity is not None
        return self._identity

    @property
    def id(self) -> str:
        return str(self.me.pk)

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = dict(more.pop("headers", {}))
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        return await self.http.request(method, path, headers=headers, **more)

    async def get(self, path: str, kind: str = "", **more: Any) -> Any:
        return await self._checked("GET", path, kind, more)

    async def post(self, path: str, kind: str = "", **more: Any) -> Any:
        return await self._checked("POST", path, kind, more)

    async def put(self, path: str, kind: str = "", **more: Any) -> Any:
        return await self._checked("PUT", path, kind, more)

    async def patch(self, path: str, kind: str = "", **more: Any) -> Any:
        return await self._checked("PATCH", path, kind, more)

    async def delete(self, path: str, kind: str = "", **more: Any) -> Any:
        return await self._checked("DELETE", path, kind, more)

    async def _checked(self, method: str, path: str, kind: str, more: dict[str, Any]) -> Any:
        response = await self.ask(method, path, **more)
        assert response.status_code == 200, f"{method} {path}: {response.status_code} {response.text}"
        value = response.json()
        if kind:
            check(kind, value, signed_in=bool(self.token))
        return value

    async def refused(
        self, method: str, path: str, status: int, error: str | None = None, **more: Any
    ) -> httpx.Response:
        response = await self.ask(method, path, **more)
        assert response.status_code == status, f"{method} {path}: {response.status_code} {response.text}"
        assert response.headers["content-type"].startswith("application/json")
        assert isinstance(response.json()["error"], str)
        if error is not None:
            assert response.json()["error"] == error
        return response


@dataclasses.dataclass
class World:
    http: httpx.AsyncClient
    domain: Domain
    ada_login: User
    ada: Speaker
    bea: Speaker
    remote: Identity
    nobody: Speaker
    app: Speaker

    async def token(self, identity: Identity, scopes: str = ALL_SCOPES) -> str:
        return await tokens.create_token(identity=identity, scopes=scopes, app_name="Test app")

    async def speaker(self, name: str, scopes: str = ALL_SCOPES, **changes: Any) -> Speaker:
        """Return a client for another user of the domain, with their own login."""
        user = await support.make_user(f"{name}@example.org")
        identity = await support.make_person(self.domain, name, user, **changes)
        return Speaker(self.http, await self.token(identity, scopes), identity)

    async def post(self, author: Speaker, text: str = "words", **more: Any) -> Post:
        return await write_post(
            author=author.me, text=text, visibility=more.pop("visibility", Visibility.public), **more
        )


async def make_world(http: httpx.AsyncClient) -> World:
    limiter().clear()
    statistics.clear_cache()
    domain = await support.make_domain()
    now = clock.now()
    logins = await User.objects.abulk_create(
        [User(email=f"{name}@example.org", confirmed_at=now, approved_at=now) for name in ("ada", "bea")]
    )
    people = await Identity.objects.abulk_create(
        [
            Identity(**support.values_of(domain, "ada"), name="Ada"),
            Identity(**support.values_of(domain, "bea"), name="Bea"),
        ]
    )
    for person in people:
        await index_name(person)
    await IdentityAccess.objects.abulk_create(
        [IdentityAccess(user=user, identity=person) for user, person in zip(logins, people, strict=True)]
    )
    speakers = await _speakers(http, [(None, None), *zip(logins, people, strict=True)])
    return World(
        http=http,
        domain=domain,
        ada_login=logins[0],
        ada=speakers[1],
        bea=speakers[2],
        remote=await rows.make_remote("rob"),
        nobody=Speaker(http),
        app=speakers[0],
    )


async def let_in_as_owner(world: World) -> None:
    """Make ada own the server, and give her token the scopes for staff."""
    await support.give_role(world.ada_login, OWNER)
    mine = Token.objects.filter(token_hash=token_hash(world.ada.token))
    await mine.aupdate(scopes=f"{ALL_SCOPES} admin:read admin:write")


async def _speakers(
    http: httpx.AsyncClient, whom: list[tuple[User | None, Identity | None]]
) -> list[Speaker]:
    """Create an app and a token for each of them, as `World.token` does; without a user, only an app."""
    texts = [secrets.token_urlsafe(32) for _ in whom]
    apps = await App.objects.abulk_create(
        [
            App(
                name="Test app",
                redirect_uris=[] if person else ["urn:ietf:wg:oauth:2.0:oob"],
                scopes=ALL_SCOPES,
                client_id=secrets.token_urlsafe(32),
                client_secret_hash="" if person else token_hash(secrets.token_urlsafe(32)),
            )
            for _, person in whom
        ]
    )
    await Token.objects.abulk_create(
        [
            Token(token_hash=token_hash(text), app=app, user=user, identity=person, scopes=ALL_SCOPES)
            for text, app, (user, person) in zip(texts, apps, whom, strict=True)
        ]
    )
    return [Speaker(http, text, person) for text, (_, person) in zip(texts, whom, strict=True)]
