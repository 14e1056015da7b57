"""Error messages on pages: plain English, where apps get Mastodon's sentences."""

import re
from html import unescape

import httpx
import pytest

from api.error_messages import stored_error_message
from core.errors import BadInput, Invalid, NotFound, restored
from takahe.asgi import application
from tests.activities import people as rows
from tests.pages.conftest import Site, Visitor
from users.domains import services as domains
from web.error_messages import PASSWORD_HINT, error_message

pytestmark = pytest.mark.anyio


def test_facts_are_put_into_words() -> None:
    assert error_message(Invalid("file", "too_large", most=16)) == "This file is too large: at most 16 MB."
    assert error_message(Invalid("icon", "blank")) == "The file for the profile picture is empty."
    assert error_message(NotFound()) == "It doesn't exist, or you don't have permission to see it."
    assert error_message(BadInput("Something of our own.")) == "Something of our own."
    assert error_message(BadInput("Without an end")) == "Without an end."


def test_stored_reasons_read_as_sentences() -> None:
    problem = Invalid("file", "too_large", most=16)
    assert error_message(restored(problem.stored())) == error_message(problem)
    assert stored_error_message(problem.stored()) == "File must be less than 16 MB"  # Mastodon's, for apps
    assert stored_error_message(NotFound().stored()) == "Record not found"
    assert error_message(restored(BadInput("An older sentence.").stored())) == "An older sentence."
    assert error_message(restored("123")) == "123."


_POLL = {"option_1": "Tea", "option_2": "Coffee", "poll_seconds": "86400"}


@pytest.mark.slow
async def test_pages_do_not_mention_validation(site: Site) -> None:
    post = await rows.make_post(site.member.me, content="<p>Hello</p>", visibility=3)
    for path, form, said in (
        ("/compose", {"text": "", "visibility": "0"}, "Write something, or add a file or a poll."),
        ("/compose", {"text": "x" * 600, "visibility": "0"}, "This is too long: a post can have at most 500"),
        ("/compose", {"text": "x", "visibility": "0", "reply_to": "1"}, "no longer available"),
        (
            "/compose",
            {
                **_POLL,
                "text": "x",
                "visibility": "0",
                "quote": str(post.pk),
            },  # at the top: the field is hidden
            "A post that quotes another one can&#x27;t have files or a poll.",
        ),
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


@pytest.mark.slow
async def test_each_error_of_the_first_page_is_at_its_field(db: None) -> None:

    good = {"domain": "a.test", "username": "ana", "email": "ana@example.com", "password": "a good password"}
    transport = httpx.ASGITransport(application, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        visitor = Visitor(http)
        first = await visitor.get("/setup")
        assert str(PASSWORD_HINT) in first.text
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
        wrong = {"domain": "no domain", "username": "my name", "email": "nobody", "password": "short"}
        answer = await visitor.post("/setup", wrong)
        assert answer.status_code == 422
        assert re.findall(r'id="id_(\w+)_error"', answer.text) == list(wrong), "all at once"
        both = await visitor.post("/setup", {**good, "username": "ana@b.test", "password": "aaaaaaaaaa"})
        assert re.findall(r'id="id_(\w+)_error"', both.text) == ["username", "password"]
        assert (await visitor.post("/setup", good)).status_code == 303


@pytest.mark.slow
async def test_errors_of_a_sign_up_stand_at_their_fields(site: Site) -> None:
    await domains.edit_domain(domain=site.domain, sign_up_mode="open")
    good = {"username": "new", "email": "new@example.com", "password": "a good password"}
    for field, value in (("username", "a b"), ("email", "x"), ("password", "short")):
        answer = await site.nobody.post("/sign-up", {**good, field: value})
        assert (answer.status_code, f'id="id_{field}_error"' in answer.text) == (422, True), field
    wrong = {"username": "admin", "email": "x", "password": "short"}
    answer = await site.nobody.post("/sign-up", wrong)
    assert re.findall(r'id="id_(\w+)_error"', answer.text) == list(wrong), "all at once"
    form = {"current": "x", "password": "y"}
    answer = await site.member.post("/settings/security", form)
    assert answer.status_code == 422
