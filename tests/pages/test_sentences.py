"""What a page says when something was refused: plain English, where apps get Mastodon's words."""

import ast
import re
from html import unescape
from pathlib import Path

import httpx
import pytest

from core.errors import Invalid
from tests.activities import people as rows
from tests.pages.conftest import Site, Visitor
from users.domains import services as domains
from web.sentences import PASSWORD_HINT, PREFIX, plain_words, why

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
# nothing on a page leads to these
API_ONLY = re.compile(
    "Focus|Thumbnail|Key |Name is not a recognized|Account has|Domain |You have blocked|Limit of different reactions"
    "|You must be already following|You have already featured|Action is not|Expires in|Email has|Category|7 is too long|7 can't be blank"
)


def _said() -> set[str]:
    """Every sentence of a service in Mastodon's words, with 7 where a value stands."""
    found = set()
    for folder in ("activities", "users", "core", "federation"):
        for path in (ROOT / folder).rglob("*.py"):
            inside: set[ast.AST] = set()
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.JoinedStr):
                    inside |= set(node.values)
                    parts = [str(one.value) if isinstance(one, ast.Constant) else "7" for one in node.values]
                    found.add("".join(parts))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inside:
                    found.add(node.value)
    return {text.removeprefix(PREFIX) for text in found if text.startswith(PREFIX) and text != PREFIX}


def test_every_sentence_of_a_service_has_plain_words() -> None:
    said = _said()
    assert said
    left = {text for text in said if plain_words(text) in {text, f"{text}."} and not API_ONLY.match(text)}
    assert left == set()


def test_values_are_taken_over() -> None:
    assert why(Invalid("file", "too_large", most=16)) == "This file is too large: at most 16 MB."
    assert why(Invalid("icon", "blank")) == "The file for the profile picture is empty."
    assert plain_words("Something of our own.") == "Something of our own."
    assert plain_words("Without an end") == "Without an end."


async def test_pages_never_speak_of_validation(site: Site) -> None:
    post = await rows.make_post(site.member.me, content="<p>Hello</p>", visibility=3)
    for path, form, said in (
        ("/compose", {"text": "", "visibility": "0"}, "Write something, or add a file or a poll."),
        ("/compose", {"text": "x" * 600, "visibility": "0"}, "This is too long: a post can have at most 500"),
        ("/compose", {"text": "x", "visibility": "0", "reply_to": "1"}, "no longer available"),
        (f"/posts/{post.pk}/edit", {"text": ""}, "Write something, or add a file or a poll."),
        (f"/posts/{post.pk}/pin", {}, "A private mention can&#x27;t be pinned."),
        ("/lists", {"title": " "}, ""),
        ("/posts/12345/like", {}, "It doesn&#x27;t exist, or you don&#x27;t have permission to see it."),
    ):
        answer = await site.member.post(path, form)
        assert answer.status_code in {404, 422}, (path, answer.status_code)
        assert said in answer.text, (path, said)
        assert "Validation failed" not in answer.text
        assert "Record not found" not in answer.text


async def test_each_error_of_the_first_page_stands_at_its_field(db: None) -> None:
    from takahe.asgi import application

    good = {"domain": "a.test", "username": "ana", "email": "ana@example.com", "password": "a good password"}
    transport = httpx.ASGITransport(application, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        visitor = Visitor(http)
        first = await visitor.get("/setup")
        assert PASSWORD_HINT in first.text
        for field, value, said in (
            ("domain", "no domain", "a domain name"),
            ("username", "my name", "Use letters from a to z"),
            ("username", "ana@b.test", "is not on a.test"),
            ("email", "nobody", "This is not an e-mail address."),
            ("password", "short", "at least 8 characters"),
        ):
            answer = await visitor.post("/setup", {**good, field: value})
            assert answer.status_code == 422
            [errors] = re.findall(r'<ul class="errorlist"[^>]*>.*?</ul>', answer.text, re.DOTALL)
            assert f'id="id_{field}_error"' in errors
            assert said in unescape(errors)
        assert (await visitor.post("/setup", good)).status_code == 303


async def test_errors_of_a_sign_up_stand_at_their_fields(site: Site) -> None:
    await domains.edit_domain(domain=site.domain, sign_up_mode="open")
    good = {"username": "new", "email": "new@example.com", "password": "a good password"}
    for field, value in (("username", "a b"), ("email", "x"), ("password", "short")):
        answer = await site.nobody.post("/sign-up", {**good, field: value})
        assert (answer.status_code, f'id="id_{field}_error"' in answer.text) == (422, True), field
    form = {"current": "x", "password": "y"}
    answer = await site.member.post("/settings/security", form)
    assert answer.status_code == 422
