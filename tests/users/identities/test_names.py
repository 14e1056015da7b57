"""Valid, reserved and taken usernames."""

import pytest

from core.errors import BadInput
from users.domains.names import check_host
from users.identities.names import check_username, split_handle


@pytest.mark.parametrize("name", ["ada", "Ada", "a", "a_b", "_", "a.b", "a-b.c_d", "9", "@ada", "a" * 30])
def test_a_username_of_letters_digits_underscores_dots_and_dashes_is_fine(name: str) -> None:
    assert check_username(name) == name.removeprefix("@")


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "a b", "a" * 31, ".a", "a.", "-a", "a-", "a@b", "a/b", "a\n", "a\x00", "ä", "аda", "ａda", "ada\u200b",
        "ada\u202e", "i\u0307", "\u0131", "\u212a", "½", "..", "<b>", "%41", "admin", "Admin", "ADMIN", "root",
        "webfinger",
    ],
)  # fmt: skip
def test_look_alikes_odd_characters_and_reserved_names_are_refused(name: str) -> None:
    with pytest.raises(BadInput):
        check_username(name if name != "a\n" else "a\nb")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("example.com", "example.com"),
        ("Example.COM.", "example.com"),
        ("https://example.com/", "example.com"),
        ("localhost:8000", "localhost:8000"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_a_domain_is_kept_in_one_spelling(written: str, kept: str) -> None:
    assert check_host(written) == kept


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a b",
        "-a.com",
        "a..b",
        "a/b",
        "a@b",
        "example.com:0",
        "example.com:99999",
        "x" * 300,
        "a.com:x",
        "[::1]",
    ],
)
def test_invalid_host_names_are_refused_with_a_reason(name: str) -> None:
    with pytest.raises(BadInput):
        check_host(name)


def test_handles_are_split_however_they_are_written() -> None:
    assert split_handle("@Ada@Example.com") == ("Ada", "example.com")
    assert split_handle("acct:ada@example.com") == ("ada", "example.com")
    assert split_handle("ada") == ("ada", "")
    assert split_handle("!Cats@example.com") == ("Cats", "example.com")


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "@",
        "a@",
        "a b@c.example",
        "a@b@c",
        "!@b.example",
        "@@b.example",
        "a\x00@b.example",
        "a/b@c.example",
    ],
)
def test_invalid_handles_are_refused(bad: str) -> None:
    with pytest.raises(BadInput):
        split_handle(bad)
