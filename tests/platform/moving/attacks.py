"""Changes that forge the file of a domain: a name, a word of the refusal, and the change of a row or of a stored file's name."""

from typing import Any


def _with(label: str, **values: Any) -> Any:
    return lambda name, row: {**row, **values} if name == label and isinstance(row, dict) else None


def _with_elsewhere(**values: Any) -> Any:
    """Change people of other servers: their rows have no columns of a person of ours."""
    return lambda name, row: (
        {**row, **values}
        if name == "users.Identity" and isinstance(row, dict) and "host" in row and "username" not in row
        else None
    )


ATTACKS = [
    ("a person of another host", "username", _with("users.Identity", host="cem.test")),
    ("an address elsewhere", "uri", _with("activities.Post", uri="https://cem.test/posts/1")),
    ("a script as an address", "url", _with("activities.Post", url="javascript:alert(1)")),
    ("an unknown column", "columns", _with("users.User", is_staff=True)),
    ("a wrong type", "email", _with("users.User", email=["a"])),
    (
        "a moment before the first year",
        "created_at",
        _with("activities.Post", created_at="0001-01-01T00:00:00+14:00"),
    ),
    ("a hash that nobody can check", "password", _with("users.User", password_hash="scrypt$x")),
    (
        "a hash that costs gigabytes",
        "password",
        _with("users.User", password_hash="scrypt$999999$" + "a" * 22 + "$99$9$" + "b" * 86),
    ),
    ("no address of a mailbox", "email", _with("users.User", email="<script>alert(1)</script>")),
    (
        "a website that is a script",
        "application_website",
        _with("activities.Post", application_website="javascript:alert(1)"),
    ),
    ("a person of this server", "invalid name", _with_elsewhere(host="BEN.test")),
    ("no name of a person", "invalid name", _with_elsewhere(name="<b>x")),
    ("an id that is none", "no address", _with_elsewhere(id=True)),
    ("an id of tomorrow", "invalid id", _with("activities.Post", id=2**62)),
    ("a path as a file", "file", _with("activities.Attachment", file="../../etc/passwd")),
    ("a file outside", "belong", lambda name, row: "../../../tmp/x" if name == "media" else None),
    ("somebody else's row", "belongs to nobody", _with("users.IdentityAccess", identity_id=1)),
    ("a broken key", "key", _with("users.Identity", private_key="none")),
    ("a script in the footer", "https", _with("users.Domain", footer_links=[["a", "javascript:alert(1)"]])),
    ("an odd footer", "footer_links", _with("users.Domain", footer_links=[5])),
    ("odd emoji", "emojis", _with("activities.Post", emojis=[{"shortcode": 5}])),
    (
        "a script as a picture",
        "emojis",
        _with("users.Identity", emojis=[{"shortcode": "a", "url": "javascript:1"}]),
    ),
    ("an odd poll", "question", _with("activities.Post", question={"options": "abc"})),
    ("old posts after no time", "days", _with("activities.OldPosts", days=0)),
    ("an odd column", "columns", _with("activities.Deck", columns=[{"number": 1, "kind": "root"}])),
    ("an unknown limit", "limits", _with("users.Domain", limits={"__class__": 5})),
    ("an unknown choice", "sign_up_mode", _with("users.Domain", sign_up_mode="everybody")),
]
