"""Identities: made, edited, shared, deleted; and the first start."""

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from core.errors import BadInput, NotAllowed, NotFound
from tests.support.plans import measured, vacuum
from tests.users.support import (
    fresh,
    make_domain,
    make_many,
    make_person,
    make_remote,
    make_user,
    sent,
    sign_in,
)
from users.domains import options
from users.domains import services as domains
from users.domains.models import Level, SignUpMode
from users.identities import events, handlers
from users.identities.handlers import start_deletion
from users.identities.models import Identity, IdentityGraph, Restriction
from users.identities.queries import identities as reads
from users.identities.queries.profiles import load_profiles, profile_of_identity
from users.identities.services import profiles
from users.identities.services.profiles import delete_identity
from users.logins import queries as login_reads
from users.logins.models import IdentityAccess, Session, User
from users.logins.services import identities as login_identities
from users.logins.services import setup
from users.logins.services.identities import create_identity
from users.relations.handlers import announce_edits, repair_counts
from users.relations.models import Follow
from users.relations.services import following
from users.roles.models import OWNER

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_a_new_identity_has_its_addresses_and_a_key_pair_that_fits(db: None) -> None:
    user, domain = await make_user(), await make_domain("example.com", "social.example.com")
    ada = await create_identity(user=user, domain=domain, username="@Ada", name=" Ada L. ")
    assert (ada.handle, ada.name) == ("Ada@example.com", "Ada L.")
    assert ada.uri == "https://social.example.com/users/Ada"
    assert ada.public_key_id == "https://social.example.com/users/Ada#main-key"
    assert ada.shared_inbox_url == "https://social.example.com/inbox"
    private = load_pem_private_key(ada.private_key.encode(), None)
    assert private.public_key() == load_pem_public_key(ada.public_key.encode())  # type: ignore[comparison-overlap]
    assert [i.pk for i in await login_reads.identities_of(user)] == [ada.pk]


@pytest.mark.slow
async def test_a_name_is_taken_once_on_each_domain_in_whatever_case_and_for_ever(db: None) -> None:
    user, one, two = await make_user(), await make_domain("one.example"), await make_domain("two.example")
    ada = await make_person(one, "ada")
    with pytest.raises(BadInput):
        await create_identity(user=user, domain=one, username="ADA")
    await profiles.delete_identity(identity=ada)
    with pytest.raises(BadInput):
        await create_identity(user=user, domain=one, username="Ada")
    assert (await create_identity(user=user, domain=two, username="Ada")).handle == "Ada@two.example"


async def test_reserved_names_are_for_admins(db: None) -> None:
    domain, user, admin = await make_domain(), await make_user(), await make_user("a@example.org", OWNER)
    await options.set_value(options.RESERVED_NAMES, ["boss"], level=Level.domain, owner=domain.pk)
    for name in ("admin", "Boss"):
        with pytest.raises(BadInput):
            await create_identity(user=user, domain=domain, username=name)
    assert (await create_identity(user=admin, domain=domain, username="admin")).username == "admin"


async def test_a_login_has_so_many_identities(db: None) -> None:
    domain, user = await make_domain(), await make_user()
    await options.set_value(options.IDENTITIES_PER_LOGIN, 1)
    await make_person(domain, "one", user)
    with pytest.raises(NotAllowed):
        await create_identity(user=user, domain=domain, username="two")


async def test_more_identities_only_where_one_lives_or_may_move_in(db: None) -> None:
    home, closed = await make_domain("home.example"), await make_domain("closed.example")
    opened = await make_domain("open.example", sign_up_mode=SignUpMode.open)
    user = await make_user()
    await make_person(home, "one", user)
    with pytest.raises(NotAllowed):
        await login_identities.add_identity(user=user, domain=closed, username="two")
    for domain in (home, opened):
        assert (
            await login_identities.add_identity(user=user, domain=domain, username="two")
        ).host == domain.name


@pytest.mark.parametrize("mode", SignUpMode)
async def test_approved_people_may_create_further_identities(db: None, mode: SignUpMode) -> None:
    """Also when the last one was deleted; not on a closed domain, where they were never let in, or while theirs is suspended there."""
    home, other = await make_domain("home.example"), await make_domain("other.example", sign_up_mode=mode)
    user, stranger = await make_user(), await make_user("stranger@example.org")
    one = await create_identity(user=user, domain=home, username="one")
    home = await domains.edit_domain(domain=home, sign_up_mode=mode)
    await delete_identity(identity=one)
    expected = [] if mode == SignUpMode.closed else [home]
    anywhere = [other] if mode == SignUpMode.open else []
    assert await login_identities.open_domains(user, [home, other]) == expected + anywhere
    assert await login_identities.open_domains(stranger, [home, other]) == (
        expected + anywhere if anywhere else []
    )
    if expected:
        again = await login_identities.add_identity(user=user, domain=home, username="two")
        await Identity.objects.filter(pk=again.pk).aupdate(restriction=Restriction.suspended)
    if mode != SignUpMode.open:
        assert await login_identities.open_domains(user, [home, other]) == []
        with pytest.raises(NotAllowed, match="approve you" if mode == SignUpMode.approval else "new people"):
            await login_identities.add_identity(user=user, domain=home, username="three")


async def test_editing_makes_html_of_text_and_tells_followers_servers_once(db: None) -> None:
    ada = await make_person(await make_domain())
    for n in range(3):
        bob = await make_remote(f"bob{n}")
        await following.follow(source=bob, target_id=ada.pk, uri=f"https://remote.example/f/{n}")
    lone = await make_remote("lone", "single.example", shared_inbox_url="")
    await following.follow(source=lone, target_id=ada.pk, uri="https://single.example/f/1")
    changed = await profiles.edit_profile(
        identity=ada,
        name="Ada <b>",
        summary="Hi & bye\nhttps://example.com/a?b=1&c=2.\n\n<script>alert(1)</script>",
        fields=[("Site", "https://ada.example"), ("", ""), ("Likes", "<i>cats</i>")],
        approves_followers=True,
    )
    assert changed.state == "edited"
    assert "<script>" not in changed.summary
    assert changed.summary.startswith('<p>Hi &amp; bye<br><a href="https://example.com/a?b=1&amp;c=2"')
    assert 'rel="me nofollow noopener"' in changed.fields[0]["value"]
    assert changed.fields[1] == {
        "name": "Likes",
        "value": "&lt;i&gt;cats&lt;/i&gt;",
        "source": "<i>cats</i>",
        "verified_at": None,
    }
    before = len(await sent())
    await announce_edits([changed])
    ((kind, inboxes, document),) = (await sent())[before:]
    assert (kind, inboxes) == ("Update", ["https://remote.example/inbox", lone.inbox_url])
    assert document["object"]["name"] == "Ada <b>"
    assert document["object"]["manuallyApprovesFollowers"] is True


async def test_unchanged_profiles_and_private_settings_send_no_update(db: None) -> None:
    ada = await make_person(await make_domain(), name="Ada")
    assert (await profiles.edit_profile(identity=ada, name="Ada", default_language="de")).state == "steady"
    for change in (
        {"name": "x" * 101},
        {"summary": "x" * 2001},
        {"fields": [("a", "b")] * 7},
        {"actor_type": "Alien"},
        {"name": "a\x00"},
    ):
        with pytest.raises(BadInput):
            await profiles.edit_profile(identity=ada, **change)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        await profiles.edit_profile(identity=await make_remote(), name="Mine now")


async def test_deleting_takes_everything_apart_and_tells_every_known_server(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    async def listen(identity: Identity) -> None:
        told.append(identity.username)

    monkeypatch.setattr(
        events.on_identity_deleted, "_listeners", [*events.on_identity_deleted._listeners, listen]
    )
    domain, user = await make_domain(), await make_user()
    ada, eve = (
        await make_person(domain, "ada", user, name="Ada", summary="<p>x</p>"),
        await make_person(domain, "eve"),
    )
    await following.follow(source=ada, target_id=eve.pk)
    await following.follow(source=eve, target_id=ada.pk)
    (
        await make_remote("bob"),
        await make_remote("carol"),
        await make_remote("dan", "other.example", shared_inbox_url=""),
    )
    session, _ = await sign_in(user, domain)
    deleted = await profiles.delete_identity(identity=ada)
    assert (deleted.state, deleted.deleted_at is not None) == ("deleted", True)
    await start_deletion([deleted])
    ((kind, inboxes, document),) = await sent()
    assert (kind, document["object"]) == ("Delete", ada.uri)
    assert inboxes == ["https://other.example/users/dan/inbox", "https://remote.example/inbox"]
    assert told == ["ada"]
    assert await Follow.objects.acount() == 0
    other = await fresh(eve)
    assert (other.followers_count, other.following_count) == (0, 0)
    now = await fresh(ada)
    assert (now.name, now.summary, now.username) == ("", "", "ada")
    assert now.private_key
    assert not await IdentityAccess.objects.filter(identity=ada.pk).aexists()
    assert (await Session.objects.aget(pk=session.pk)).identity_id is None
    with pytest.raises(NotFound):
        await profiles.delete_identity(identity=ada)


async def test_servers_are_told_of_a_deletion_in_pieces(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "_SERVERS_AT_ONCE", 3)
    ada = await make_person(await make_domain(), "ada")
    for number in range(7):
        await make_remote("bob", f"s{number}.example")
    deleted = await profiles.delete_identity(identity=ada)
    rounds = 0
    while (now := await fresh(deleted)).state == "deleted":
        rounds += 1
        [outcome] = (await start_deletion([now])).values()
        if outcome.state is not None:
            await Identity.objects.filter(pk=ada.pk).aupdate(state=outcome.state.name)
        else:
            assert not outcome.is_attempt
    told = [inboxes for _, inboxes, _ in await sent()]
    assert [len(inboxes) for inboxes in told] == [3, 3, 1]
    assert {inbox for inboxes in told for inbox in inboxes} == {
        f"https://s{number}.example/inbox" for number in range(7)
    }
    assert rounds == 3


@pytest.mark.slow
async def test_the_servers_to_tell_are_found_among_many_people(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cost is that of the servers, however many people live on them."""
    ada = await make_person(await make_domain(), "ada")
    await make_many(20_000)
    await vacuum()
    async with measured(monkeypatch) as costs:
        assert not await handlers._tell_servers(ada)
    [(_, inboxes, _)] = await sent()
    assert len(inboxes) == 20
    assert max(cost.most_rows for cost in costs) <= 60
    found = next(cost for cost in costs if "md5" in cost.sql)
    assert found.buffers < 300


async def test_counts_that_went_wrong_are_put_right(db: None) -> None:
    domain = await make_domain()
    ada, eve = await make_person(domain), await make_person(domain, "eve", followers_count=7)
    remote = await make_remote(followers_count=900)
    await following.follow(source=ada, target_id=eve.pk)
    await repair_counts()
    assert ((await fresh(eve)).followers_count, (await fresh(ada)).following_count) == (1, 1)
    assert (await fresh(remote)).followers_count == 900


async def test_profiles_come_in_one_query_and_say_what_the_row_says(db: None) -> None:
    domain = await make_domain()
    ada = await make_person(domain, fields=[{"name": "a", "value": "b", "source": "b", "verified_at": None}])
    bob = await make_remote(
        emojis=[{"shortcode": "x", "url": "https://r/x.png", "static_url": "https://r/x.png"}]
    )
    found = await load_profiles([bob.pk, ada.pk, ada.pk, 5])
    assert set(found) == {ada.pk, bob.pk}
    assert found[ada.pk] == profile_of_identity(await fresh(ada))
    assert found[bob.pk] == profile_of_identity(await fresh(bob))
    assert (found[ada.pk].acct(domain), found[ada.pk].acct(None)) == ("ada", "ada@testserver")
    assert found[bob.pk].acct(domain) == "bob@remote.example"
    assert (await reads.by_handle("BOB@Remote.Example")) == bob


async def test_options_have_types_bounds_and_levels(db: None) -> None:
    domain = await make_domain()
    assert await options.get(options.SESSION_DAYS, domain=domain.pk) == 30
    await options.set_value(options.SESSION_DAYS, 10)
    await options.set_value(options.SESSION_DAYS, 5, level=Level.domain, owner=domain.pk)
    assert await options.get(options.SESSION_DAYS, domain=domain.pk) == 5
    assert await options.get(options.SESSION_DAYS) == 10
    for option, value, words in (
        (options.SESSION_DAYS, "5", "session_days has to be a whole number."),
        (options.PUBLISHES_COUNTS, 1, "publishes_counts has to be true or false."),
        (options.LANGUAGE, 5, "language has to be a text."),
        (options.RESERVED_NAMES, "boss", "reserved_names has to be a list of texts."),
        (options.SESSION_DAYS, 0, "session_days must be between 1 and 365."),
    ):
        with pytest.raises(BadInput, match=words):
            await options.set_value(option, value)
    await options.set_value(options.SESSION_DAYS, None, level=Level.domain, owner=domain.pk)
    assert await options.get(options.SESSION_DAYS, domain=domain.pk) == 10
    for wrong in ("5", 0, 366, True, [1]):
        with pytest.raises(BadInput):
            await options.set_value(options.SESSION_DAYS, wrong)
    with pytest.raises(BadInput):
        await options.set_value(options.SESSION_DAYS, 5, level=Level.user, owner=1)


@pytest.mark.slow
async def test_set_up_makes_everything_once(db: None) -> None:
    assert await setup.is_open()
    values = {"domain": "Example.com", "email": "me@example.org", "handle": "@me"}
    done = await setup.set_up(**values, password="correct horse battery")
    again = await setup.set_up(**values, password="another horse battery")
    assert (done.domain.name, done.identity.handle, done.user.is_admin) == (
        "example.com",
        "me@example.com",
        True,
    )
    assert (again.user.pk, again.identity.pk, again.password) == (done.user.pk, done.identity.pk, None)
    assert (await User.objects.aget()).password_hash == done.user.password_hash
    assert not await setup.is_open()
    other = await setup.set_up(domain="example.com", email="two@example.org", handle="two@example.com")
    assert other.password
    for wrong in (
        {"handle": "me@other.example"},
        {"email": "two@example.org"},
        {"handle": "a b"},
        {"domain": "a b"},
    ):
        with pytest.raises(BadInput):
            await setup.set_up(**{**values, **wrong}, password="correct horse battery")


@pytest.mark.slow
async def test_the_first_run_page_works_once(db: None) -> None:
    values = {"domain": "example.com", "handle": "me", "password": "correct horse battery"}
    with pytest.raises(BadInput):
        await setup.first_run(**{**values, "handle": "."}, email="me@example.org")
    assert await setup.is_open()
    assert not await User.objects.aexists()
    await setup.first_run(**values, email="me@example.org")
    with pytest.raises(NotAllowed):
        await setup.first_run(**values, email="thief@example.org")
    assert await User.objects.acount() == 1


def test_every_active_state_has_a_handler() -> None:
    assert all(s.handler for s in IdentityGraph.states.values() if s.is_active)
