"""Each act of staff writes one entry of the audit log, in pages and on the command line; a service, address or command that is missing here fails."""

import importlib
import inspect
import io
import json
import pkgutil
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

import activities
import users
from activities.shelter.models import ShelteredPost, ShelterRule
from activities.tags.models import Hashtag
from federation.models import Peer, Relay
from tests.activities.people import make_post, make_remote
from tests.pages.administration.doors import DOORS, STAFF
from tests.pages.administration.test_truth_of_roles import _patterns, objects, path_of
from tests.pages.conftest import Site, Visitor
from tests.pages.test_two_presses import methods_of
from tests.platform.commands.test_command import COMMANDS, own_database
from tests.support.forks import loaded_takahe
from tests.users.support import make_user
from users.audit.models import COMMAND_LINE, Act, AuditEntry
from users.audit.services import AUDITED
from users.domains.models import Domain, SignUpMode
from users.emojis.models import Emoji
from users.logins.models import SignUp
from users.roles.models import MODERATOR
from web.administration.audit.words import LABELS

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

__all__ = ["own_database"]


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(made, "PNG")
    return made.getvalue()


# the forms of pages that show something, too; "file" is sent as a picture
FORMS: dict[str, dict[str, Any]] = {
    "admin-provider": {"name": "House", "client_id": "x", "scopes": "email", "groups_claim": "g"},
    "admin-roles": {"name": "New one", "permissions": ["16"], "domain": ""},
    "admin-role": {"name": "Other name", "permissions": ["16"]},
    "admin-invitations": {},
    "admin-presets": {"title": "Kind", "text": "Be kind", "domain": ""},
    "admin-access": {"network": "192.0.2.0/24", "severity": "sign_up_block", "domain": ""},
    "admin-access-change": {"network": "10.9.0.0/16", "severity": "sign_up_block", "lasts": "kept"},
    "admin-access-domains": {"name": "spam.example", "domain": ""},
    "admin-access-emails": {"email": "a@b.example", "domain": ""},
    "admin-rules": {"text": "Be brief"},
    "admin-policies": {"host": "odd.example", "policy": "limited"},
    "admin-policy": {"policy": "open", "strip_links": "on"},
    "admin-rule": {"text": "Be very kind"},
    "admin-domain": {"title": "Other", "sign_up_mode": "invite", "accent_color": "#123456"},
    "admin-domains-texts": {"content": "<p>We keep little.</p>", "effective_on": ""},
    "admin-domains-new": {"name": "third.test"},
    "admin-domains-pause": {"paused": "yes"},
    "admin-domains-remove": {"name": "testserver"},
    "admin-options": {"session_days": "9"},
    "admin-peers": {"host": "bad.example", "policy": "blocked", "note": "Spam"},
    "admin-relays": {"address": "https://relay.example/inbox", "most_per_minute": "60"},
    "admin-relay": {"most_per_minute": "50"},
    "admin-shelter-new": {"rule_name": "Spam", "rule_action": "hold", "mode": "active", "phrases": "pills"},
    "admin-shelter-rule": {"rule_name": "Spam", "rule_action": "drop", "mode": "trial", "phrases": "pills"},
    "admin-shelter-try": {},
    "admin-shelter-decide": {"action": "release", "post": "HELD"},
    "admin-announcements": {"content": "Back soon", "domain": ""},
    "admin-emojis": {"shortcode": "bird", "domain": "", "file": "FILE"},
    "admin-emoji": {"category": "Birds", "domain": "", "is_enabled": "on"},
    "admin-emojis-change": {"action": "disable", "emoji": "EMOJI"},
    "admin-people-ticked": {"restriction": "limited", "person": "PERSON"},
    "admin-sign-ups-ticked": {"action": "refuse", "login": "LOGIN"},
    "admin-peers-ticked": {"action": "block", "peer": "PEER"},
    "admin-hashtags-decide": {"action": "forbid", "hashtag": "TAG"},
    "admin-trends-decide": {"kind": "tags", "action": "reject", "target": "TAG"},
    "admin-queues-retry": {},
    "admin-post": {"action": "delete"},
    "admin-roles-give": {"who": "@mia@testserver", "domain": ""},
}
# what changes nothing of the server, or is tested elsewhere with the files that it needs
NOT_ACTS = {
    "admin-providers-new": "tests/pages/accounts/providers adds one",
    "admin-logins-block-email": "tests/pages/administration/access blocks that of a restricted login",
    "admin-reports-forward": "tests/pages/administration/reports forwards one about somebody elsewhere",
    "admin-report": "tests/pages/administration/reports/test_reported_posts.py deletes posts from it",
    "admin-blocklists": "a list is uploaded to be looked at",
    "admin-blocklist": "tests/pages/administration/blocklists applies and undoes one",
    "admin-subscriptions": "tests/pages/administration/blocklists/test_subscriptions.py subscribes to some",
    "admin-subscription": "likewise",
    "admin-emojis-packs": "a pack is uploaded to be looked at",
    "admin-emoji-packs-remove": "it was never taken",
    "admin-emoji-pack": "tests/users/emojis imports one",
    "admin-emojis-copy": "adds an emoji, as admin-emojis",
    "admin-logins-reset-factor": "tests/pages/accounts/security resets one that was set up",
    "admin-logins-address": "tests/pages/accounts/security/test_address_change.py changes one",
    "admin-domain-pictures": "changes a domain, as admin-domain",
}


def _modules(package: Any) -> list[str]:
    return [one.name for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]


def test_each_service_that_is_told_who_acts_is_marked() -> None:
    missing = []
    for name in (*_modules(users), *_modules(activities)):
        if ".services" not in name:
            continue
        for function in vars(importlib.import_module(name)).values():
            if not inspect.iscoroutinefunction(function) or function.__module__ != name:
                continue
            parameters = inspect.signature(function).parameters
            told = any(
                parameters[one].annotation == "User" or "User" in str(parameters[one].annotation)
                for one in ("moderator", "by")
                if one in parameters
            )
            is_public = not function.__name__.startswith("_") and function.__name__ not in {"require_rank"}
            if told and is_public and f"{name}.{function.__name__}" not in AUDITED:
                missing.append(f"{name}.{function.__name__}")
    assert missing == [], "decorate these with @audited, and call record()"
    assert len(AUDITED) > 20


async def _send(visitor: Visitor, path: str, form: dict[str, Any]) -> httpx.Response:
    if "file" in form:
        rest = {name: value for name, value in form.items() if name != "file"}
        return await visitor.post(path, rest, files={"file": ("bird.png", picture(), "image/png")})
    return await visitor.post(path, form)


async def test_each_address_that_takes_a_form_writes_an_entry(site: Site) -> None:
    await Domain.objects.filter(pk=site.domain.pk).aupdate(sign_up_mode=SignUpMode.invite)
    named = await objects(site)
    relay = await Relay.objects.acreate(
        address="https://r.example/inbox",
        inbox_url="https://r.example/inbox",
        dialect="inbox",
        most_per_minute=60,
        follow_uri="https://testserver/actor#relays/1",
    )
    emoji = await Emoji.objects.acreate(shortcode="old", file="a.png", static_file="b.png")
    peer = await Peer.objects.acreate(host="far.example")
    shelter = await ShelterRule.objects.acreate(name="Spam", action="hold", mode="active", phrases=["x"])
    held = await make_post(await make_remote("far"), state="sheltered")
    await ShelteredPost.objects.acreate(post=held, rule_id=shelter.pk, rule_name="Spam", was="new")
    named |= {"relay_id": relay.pk, "emoji_id": emoji.pk, "shelter_id": shelter.pk}
    filled = {
        "EMOJI": str(emoji.pk),
        "PERSON": str(site.member.me.pk),
        "PEER": str(peer.pk),
        "HELD": str(held.pk),
        "TAG": str((await Hashtag.objects.acreate(name="cats", display_name="Cats")).pk),
        "LOGIN": str(named["admin-sign-ups-refuse"]),
    }
    third = await make_user("third@example.org", approved_at=None)
    await SignUp.objects.acreate(user=third, domain=site.domain, username="third")
    named |= {
        "admin-sign-ups-refuse": third.pk,
        "admin-roles-give": MODERATOR.id,
        "admin-roles-factor": MODERATOR.id,
    }
    silent, acts = [], set()
    late = ("delete", "remove", "revoke", "take", "role")
    for name, pattern in sorted(
        _patterns().items(), key=lambda row: (any(one in row[0] for one in late), row[0])
    ):
        if "POST" not in methods_of(pattern.callback) or name in NOT_ACTS:
            continue
        form = FORMS.get(name, DOORS[name].posts or {})
        form = {
            key: filled.get(value, value) if isinstance(value, str) else value for key, value in form.items()
        }
        before = await AuditEntry.objects.filter(refusal="").acount()
        answer = await _send(site.admin, path_of(name, pattern, named), form)
        assert answer.status_code == 303, (name, answer.status_code, answer.text)
        written = AuditEntry.objects.filter(refusal="").order_by("-pk")
        if await written.acount() <= before:
            silent.append(name)
        elif (entry := await written.afirst()) is not None:
            assert (entry.actor_id, entry.actor_name) == (site.admin.user.pk, "ann@testserver"), name
            acts.add(entry.act)
    assert silent == []
    assert DOORS["admin"].needs is STAFF


MACHINERY = [
    "serve",
    "web",
    "worker",
    "migrate",
    "check",
    "health",
    "doctor",
    "stats",
    "retention",  # removes what the worker does by itself, sooner
    "seed",
    "setup",
    "backup",
    "restore",
]
READS = [
    "identity list",
    *(
        "provider list",
        "access list",
        "audit export",
        "domain list",
        "domain export",
        "domain rules",
        "domain policies",
        "announcement list",
        "emoji list",
        "emoji export",
        "invite list",
    ),
    *(
        "user list",
        "peer blocklist export",
        "peer blocklist list",
        "user show",
        "role list",
        "relay list",
        "shelter list",
        "shelter try",
        "shelter hashes",
        "shelter held",
        "media status",
        "stator list",
        "stator show",
    ),
]
# what takes more than a database: they call the services of the addresses above
NOT_RUN = [
    "provider add",
    "provider enable",
    "provider disable",
    "provider remove",
    "domain set-policy",
    "domain remove-policy",
    "domain remove-rule",
    "domain move-rule",
    "domain change-rule",
    "domain add-rule",
    "domain import",
    "invite create",
    "invite delete",
    "identity move",
    "emoji import",
    "user reset-factor",
    "peer blocklist apply",
    "shelter release",
    "shelter drop",
]
ANNA, BOB = ["--email", "anna@example.test"], ["--email", "bob@example.test"]
ROBERT = ["--email", "robert@example.test"]  # his new address
OF_BOB = ["--handle", "bob@example.test"]
RUN: dict[str, list[str]] = {
    "domain create": ["second.test"],
    "domain publish": ["example.test", "privacy_policy", "FILE"],
    "domain pause": ["second.test"],
    "domain resume": ["second.test"],
    "domain local-only": ["second.test", "on"],
    "domain remove": ["second.test", "--confirm", "second.test"],
    "domain keep": ["second.test"],
    "announcement create": ["Back soon"],
    "announcement delete": ["LAST"],
    "emoji add": ["PICTURE"],
    "user create": [*BOB, "--password", "seven small boats"],
    "user password": [*BOB, "--password", "eight small boats"],
    "user address": ["--email", "bob@example.test", "--new", "robert@example.test"],
    "user identities": [*ROBERT, "--most", "3"],
    "access network": ["192.0.2.0/24", "--days", "3"],
    "access email-domain": ["spam.example"],
    "access email": ["j.doe@mail.example"],
    "access remove": ["LAST"],
    "role grant": ["--user", "robert@example.test", "--role", "Moderator"],
    "role require-factor": ["--role", "Moderator"],
    "role revoke": ["--user", "robert@example.test"],
    "identity create": ["--user", "robert@example.test", *OF_BOB],
    "identity share": [*OF_BOB, *ANNA],
    "identity unshare": [*OF_BOB, *ANNA],
    "identity rotate-key": OF_BOB,
    "token create": ["--identity", "bob@example.test"],
    "user restrict": ROBERT,
    "user disable": ROBERT,
    "relay add": ["https://relay.example/inbox"],
    "peer blocklist import": ["LIST"],
    "peer blocklist subscribe": ["https://lists.example/a.csv"],
    "peer blocklist refresh": ["https://lists.example/a.csv"],
    "peer blocklist unsubscribe": ["https://lists.example/a.csv"],
    "relay remove": ["https://relay.example/inbox"],
    "shelter add": ["Wave", "--action", "limit", "--phrase", "cheap pills"],
    "shelter mode": ["LAST", "active"],
    "shelter remove": ["LAST"],
    "media evict": ["--to", "1 GB"],
    "stator retry": ["users.Mail"],
    "identity delete": [*OF_BOB, "--yes"],
    "user delete": [*ROBERT, "--yes"],
}


async def test_each_command_that_changes_something_writes_an_entry(own_database: str, tmp_path: Path) -> None:
    assert sorted([*MACHINERY, *READS, *NOT_RUN, *RUN]) == COMMANDS
    (tmp_path / "bird.png").write_bytes(picture())
    (tmp_path / "list.csv").write_text("bad.example,suspend\n")
    (tmp_path / "policy.html").write_text("<p>We keep little.</p>")
    filled = {"FILE": str(tmp_path / "policy.html"), "PICTURE": str(tmp_path / "bird.png"), "LAST": ""}
    filled["LIST"] = str(tmp_path / "list.csv")
    silent = []
    env = {"DATABASE_URL": own_database, "TAKAHE_MEDIA_DIR": str(tmp_path / "media")}
    async with loaded_takahe(**env) as takahe:
        made = await takahe("setup", "--domain", "example.test", *ANNA, "--handle", "anna")
        assert made.code == 0, made.err
        seen = len((await takahe("audit", "export")).out.splitlines())
        for command, arguments in RUN.items():
            done = await takahe(*command.split(), *(filled.get(one, one) for one in arguments))
            assert done.code == 0, (command, done.err)
            filled["LAST"] = done.out.strip()
            lines = (await takahe("audit", "export")).out.splitlines()
            if len(lines) != seen + 1 or json.loads(lines[0])["actor"]["login_id"] != str(COMMAND_LINE):
                silent.append((command, lines[:2]))
            seen = len(lines)
    assert silent == []


def test_each_act_has_words() -> None:
    assert set(LABELS) == set(Act)
