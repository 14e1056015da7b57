"""The pages that are walked through: those of everybody's browser, and those of things that have to be made first."""

import re

from playwright.async_api import Page

from tests.pages.browser.town import confirm_path
from tests.pages.browser.walk.rows import ROW
from tests.support.servers import Server

STRANGERS = ("/", "/sign-in", "/sign-up", "/password/forgotten")
PAGES = (
    "/home", "/columns", "/notifications", "/notifications/filtered", "/private-mentions", "/compose", "/drafts", "/scheduled", "/lists",
    "/circles", "/filters", "/followed-tags", "/explore", "/explore/hashtags", "/explore/news", "/explore/people", "/local", "/federated", "/catch-up", "/bookmarks", "/bookmarks/folders", "/likes",
    "/tags/x", "/search?q=a", "/@ana", "/@ana/replies", "/@ana/media", "/@ana/featured", "/@ana/followers", "/@ana/following",
    "/@fan@far.test", "/@mallory@evil.test", "/@dana@ivrit.test", "/directory", "/collections", "/requests", "/follow-requests",
    "/blocks", "/mutes", "/blocked-servers", "/severed_relationships", "/authorize_interaction?uri=acct:mallory@evil.test",
    "/authorize_interaction?uri=nobody", "/waiting", "/offline", "/more", "/about", "/no-such-page", "/welcome/profile", "/welcome/people",
    "/welcome/hashtags", "/welcome/follows", "/welcome/app",
    "/settings", "/settings/list", "/settings/posting", "/settings/old-posts", "/settings/notifications", "/settings/notifications/policy",
    "/settings/notifications/digest", "/settings/notifications/mail", "/settings/export", "/settings/import", "/settings/warnings", "/settings/reading", "/settings/move", "/settings/sharing",
    "/settings/appearance", "/settings/identities", "/settings/featured", "/settings/apps", "/settings/security",
    "/settings/security/address", "/settings/security/authenticator", "/settings/security/passkeys",
    "/admin", "/admin/sections", "/admin/queues", "/admin/peers", "/admin/people?kind=all", "/admin/reports", "/admin/sign-ups",
    "/admin/domains", "/admin/domains/1", "/admin/domains/new", "/admin/announcements", "/admin/options", "/admin/roles", "/admin/roles/1",
    "/admin/audit", "/admin/appeals", "/admin/presets", "/admin/blocklists", "/admin/blocklists/subscriptions", "/admin/media",
    "/admin/invitations", "/admin/access", "/admin/access/domains", "/admin/access/emails", "/admin/emojis", "/admin/emojis/servers",
    "/admin/relays", "/admin/shelter", "/admin/shelter/new", "/admin/shelter/held", "/admin/trends", "/admin/hashtags",
    "/@fan@far.test/replies", "/@fan@far.test/media", "/@ana/tagged/x", "/privacy-policy", "/terms-of-service",
    "/settings/notifications/staff", "/settings/security/delete-login",
    "/admin/rules", "/admin/policies", "/admin/providers", "/admin/providers/new", "/admin/queues/users.identity",
    "/admin/domains/1/style", "/admin/domains/1/texts/privacy_policy",
    *(f"/{kind}/{ROW}" for kind in (
        "admin/rules", "admin/policies", "admin/providers", "admin/access", "admin/emojis", "admin/emojis/packs", "admin/relays",
        "admin/shelter", "admin/blocklists", "admin/blocklists/subscriptions", "settings/warnings", "settings/move",
    )),
)  # fmt: skip
# a form's page and what is written in it → the page that lists what came of it, and the pages of each of those
MADE: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[str, str]] = {
    ("/lists", (("title", "Birds"), ("replies_policy", "list"))): ("/lists/N", "/lists/N/edit"),
    ("/circles", (("title", "Birds"),)): ("/circles/N", ""),
    ("/collections", (("collection_name", "Birds"),)): ("/collections/N", "/collections/N/edit"),
    ("/bookmarks/folders", (("folder_name", "Birds"),)): (
        "/bookmarks/folders/N",
        "/bookmarks/folders/N/edit",
    ),
}
LISTED = {
    "/filters": "/filters/N/edit",
    "/admin/people?kind=all": "/admin/people/N",
    "/admin/reports": "/admin/reports/N",
    "/private-mentions": "/private-mentions/N",
    "/settings/identities": "/settings/identities/N/delete",
}
OF_A_POST = (
    "/@ana/N", "/@ana/N/likes", "/@ana/N/boosts", "/@ana/N/quotes", "/@ana/N/reader", "/@ana/N/embed", "/posts/N/edit", "/posts/N/versions",
    "/posts/N/deliveries", "/posts/N/expiry", "/posts/N/policies", "/posts/N/filter", "/posts/N/menu", "/posts/N/redraft", "/posts/N/reactions", "/posts/N/folder", "/posts/N/embed", "/posts/N/delete",
    "/admin/posts/N", "/compose?reply_to=N", "/compose?quote=N",
)  # fmt: skip
OF_A_PERSON = tuple(
    f"/people/N/{part}" for part in ("options", "lists", "collections", "circles", "report", "mute")
)

# those that the functions below add
FOUND = (
    "/confirm/x",
    "/confirm/x/new-password",
    "/interact",
    "/oauth/authorize",
    "/oauth/end-session",
    "/posts/N/quotes/N/revoke",
)


async def places_of_strangers(page: Page, town: Server) -> list[str]:
    """Return what visitors see: the entrance, public pages, and the form that leads them to their own server."""
    confirm = confirm_path(town)
    post = await _first(page, town, "/@ana", r'href="(?:http://[^/"]+)?(/@ana/\d+)"')
    return [
        *STRANGERS,
        confirm,
        f"{confirm}/new-password",
        "/@ana",
        post,
        f"/interact?uri={town.base_url}{post}",
    ]


async def made_places(page: Page, town: Server) -> list[str]:
    """Make one of each thing that the seed has not, and return the pages of one of each: posts, people, lists, …"""
    found = []
    for (path, fields), places in MADE.items():
        pattern = f'"{places[0].replace("N", r"(\d+)")}'
        if not re.search(pattern, await _html(page, town, path)):
            await _submit(page, town, path, dict(fields))
        number = await _first(page, town, path, pattern)
        found += [place.replace("N", number) for place in places if place]
    for path, place in LISTED.items():
        number = await _first(page, town, path, f'"{place.replace("N", r"(\d+)")}["#]')
        found.append(place.replace("N", number))
    posts = set(re.findall(r"/@ana/(\d+)", await _html(page, town, "/@ana")))
    found += [place.replace("N", min(posts, key=int)) for place in OF_A_POST]
    quotes = f"/@ana/{min(posts, key=int)}/quotes"
    found.append(await _first(page, town, quotes, r'"(/posts/\d+/quotes/\d+/revoke)"'))
    person = await _first(page, town, "/@fan@far.test", r"/people/(\d+)/")
    found += [place.replace("N", person) for place in OF_A_PERSON]
    return [*found, await _authorise(page, town), "/oauth/end-session"]


async def _authorise(page: Page, town: Server) -> str:
    """Return the address by which an app asks for permission."""
    back = "https://app.test/back"
    fields = {"client_name": "An app", "redirect_uris": back, "scopes": "read write follow push"}
    app = await (await page.context.request.post(f"{town.base_url}/api/v1/apps", form=fields)).json()
    asked = f"client_id={app['client_id']}&redirect_uri={back}&scope=read+write+follow+push"
    return f"/oauth/authorize?response_type=code&{asked}"


async def _html(page: Page, town: Server, path: str) -> str:
    return await (await page.context.request.get(f"{town.base_url}{path}")).text()


async def _first(page: Page, town: Server, path: str, pattern: str) -> str:
    found = re.search(pattern, await _html(page, town, path))
    assert found, f"{pattern} is not on {path}"
    return found[1]


async def _submit(page: Page, town: Server, path: str, fields: dict[str, str]) -> None:
    """Fill in the form of a page that has these fields, without opening the page in the browser."""
    forms = re.findall(r"<form.*?</form>", await _html(page, town, path), re.DOTALL)
    form = next(form for form in forms if all(f'name="{name}"' in form for name in fields))
    for hidden in re.findall(r'<input[^>]*type="hidden"[^>]*>', form):
        name, value = re.search(r'name="([^"]*)"', hidden), re.search(r'value="([^"]*)"', hidden)
        assert name
        fields.setdefault(name[1], value[1] if value else "")
    answer = await page.context.request.post(
        f"{town.base_url}{path}", form=fields, headers={"origin": town.base_url}, max_redirects=0
    )  # type: ignore[arg-type]
    assert answer.status == 303, (path, answer.status)
