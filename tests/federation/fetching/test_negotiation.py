"""Content negotiation between documents and pages."""

import pytest
from django.http import HttpRequest

from core.asgi import Request
from federation.negotiation import activitypub_response, is_activitypub, wants_activitypub

LD = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("application/activity+json", True),
        (LD, True),
        (f"application/activity+json, {LD}", True),
        ("application/activity+json, text/html;q=0.1", True),
        ("text/html;q=0.9, application/activity+json", True),
        ("APPLICATION/Activity+JSON", True),
        ("application/json", True),
        ("application/ld+json", True),
        ("", False),
        ("*/*", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("text/html, application/activity+json;q=0.5", False),
        ("application/activity+json;q=0", False),
        ("application/activity+json;q=x", False),
        ("application/activity+json;q=-1", False),
        ('application/ld+json; profile="a,b', True),
        ("json", False),
        (";;;,,,json", False),
        ("application/activity+json," * 10_000, True),
    ],
)
def test_the_accept_header_decides(accept, wanted):
    request = HttpRequest()
    request.META["HTTP_ACCEPT"] = accept
    assert wants_activitypub(request) is wanted


@pytest.mark.parametrize(
    ("content_type", "is_one"),
    [
        ("application/activity+json", True),
        ("application/activity+json; charset=utf-8", True),
        (LD, True),
        ('application/ld+json; profile="https://x.example https://www.w3.org/ns/activitystreams"', True),
        ("application/ld+json", False),
        ("application/json", False),
        ("text/html", False),
        ("", False),
    ],
)
def test_the_content_type_of_an_answer(content_type, is_one):
    assert is_activitypub(content_type) is is_one


def test_responses_that_depend_on_the_signer_are_not_cached():
    request = Request({"path": "/", "query_string": b"", "headers": []})
    answer = activitypub_response(request, {"a": 1}, depends_on_signer=True)
    varies = "Accept, Signature, Signature-Input"
    assert (answer["Vary"], answer["Cache-Control"]) == (varies, "private, no-store")
    assert activitypub_response(request, {"a": 1})["Vary"] == varies
