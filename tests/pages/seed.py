"""A lively server for pages to show: many kinds of posts and users, some of them hostile. `python -m tests.pages.seed HOST` fills a running one's
database.

Rows are made directly, as federation would have stored them after sanitising; names and warnings are plain text and stay hostile.
"""

import asyncio
import datetime as dt
import sys
from typing import Any

XSS = (
    "<script>window.pwned=1</script>",
    '"><img src=x onerror=window.pwned=1>',
    "' onmouseover='window.pwned=1' x='",
    "{{ 7|add:7 }}{% csrf_token %}${7*7}",
    "</title></textarea></style><svg onload=window.pwned=1>",
    "javascript:window.pwned=1",
)
PASSWORD = "correct horse battery"
UNCONFIRMED_EMAIL, UNCONFIRMED_ID = "new@example.com", 10_000


async def fill(domain: Any, viewer: Any) -> dict[str, Any]:
    """Create users and posts around `viewer`, all in their home timeline; return those that tests refer to."""
    from activities.filters import services as filters
    from activities.media.models import Attachment
    from activities.notifications.models import Notification
    from activities.posts.models import Like, Visibility
    from activities.previews.models import PreviewCard
    from activities.timelines.models import HomeEntry
    from core import clock
    from core.ids import new_id
    from core.texts.html import sanitise
    from federation.models import Peer
    from tests.activities import people as rows
    from users.moderation.models import Report

    async def post(author: Any, content: str = "", **more: Any) -> Any:
        made = await rows.make_post(author, content=sanitise(content), **more)
        await HomeEntry.objects.acreate(identity=viewer, post=made)
        return made

    picture = "https://media.far.test/picture.png"
    long = await rows.make_remote(
        "averyveryverylongusernamethatneverseemstoend" * 2,
        "an-extremely-long-host-name.of-some-department.far.test",
        name="A display name that somebody has filled up to the very last character they were allowed to type 🦜🦜🦜",
        summary="<p>" + "Donaudampfschifffahrtsgesellschaftskapitän" * 4 + "</p>",
    )
    hebrew = await rows.make_remote("dana", "ivrit.test", name="דנה כהן", summary="<p>שלום לכולם</p>")
    evil = await rows.make_remote(
        "mallory",
        "evil.test",
        name=" ".join(XSS),
        summary=sanitise("<p>" + " ".join(XSS) + "</p>"),
        fields=[{"name": text, "value": sanitise(text), "source": "", "verified_at": None} for text in XSS],
        icon_url="javascript:window.pwned=1",
        icon_description=XSS[1],
        image_url='https://evil.test/"><script>window.pwned=1</script>',
        image_description=XSS[1],
        emojis=[{"shortcode": "x", "url": 'https://evil.test/"onerror="window.pwned=1', "static_url": ""}],
    )
    fan = await rows.make_remote("fan", "far.test", name="A faithful fan", approves_followers=True)
    for person in (long, hebrew, fan):
        await rows.follow(viewer, person)
    await rows.follow(fan, viewer)
    await rows.follow(hebrew, viewer, accepted=False)
    mine = await post(
        viewer,
        '<p>The first post of mine, with a <a href="https://example.com/a/long/path" rel="nofollow">link</a>.</p>',
        source="The first post of mine, with a link.",
    )
    reply = await post(fan, "<p>An answer to it.</p>", in_reply_to=mine, mentions=(viewer,))
    await post(viewer, "<p>And an answer to the answer.</p>", in_reply_to=reply, source="And an answer.")
    await post(long, "<p>" + "unbreakable" * 40 + "</p><pre>" + "wide code " * 40 + "</pre>")
    await post(
        hebrew, "<p>זה פוסט בעברית, עם <a href='https://example.com'>קישור</a> ו-#תג.</p>", language="he"
    )
    await post(
        evil,
        "<p>" + " ".join(XSS) + " :x: " + "<a href='javascript:alert(1)'>press</a></p>",
        content_warning=XSS[1],
        title=XSS[0],
        emojis=[{"shortcode": "x", "url": 'https://evil.test/"onerror="window.pwned=1', "static_url": ""}],
    )
    await post(fan, "<p>Behind a warning.</p>", content_warning="Food, " + "averylongwarning" * 10)
    await post(fan, "<p>Only for followers.</p>", visibility=Visibility.followers)
    await post(
        fan,
        "<p>What shall we have?</p>",
        type="Question",
        question={
            "options": [{"title": "Tea", "votes": 7}, {"title": "Coffee, " + "strong " * 12, "votes": 4}],
            "multiple": False,
            "ends_at": (clock.now() + dt.timedelta(days=1)).isoformat(),
            "closed_at": None,
            "voters": 11,
        },
    )
    for count in (1, 2, 3, 5):
        many = await post(fan, f"<p>{count} pictures.</p>", is_sensitive=count == 3)
        for position in range(count):
            await Attachment.objects.acreate(
                author=fan,
                post=many,
                position=position,
                kind="image",
                url=picture,
                width=1600,
                height=900,
                description=XSS[1] if position else "",
            )
    mixed = await post(fan, "<p>Sound and vision.</p>")
    for position, kind in enumerate(("video", "audio", "unknown")):
        await Attachment.objects.acreate(
            author=fan, post=mixed, position=position, kind=kind, url=picture, description=f"A {kind}"
        )
    boosted = await rows.make_post(
        long, content="<p>Worth repeating.</p>", likes_count=12345, boosts_count=987
    )
    await post(fan, boost_of=boosted)
    await post(
        fan, "<p>Edited since.</p>", edited_at=clock.now(), created_at=clock.now() - dt.timedelta(days=400)
    )
    quoted = await post(
        hebrew, "<p>Words that are worth quoting, with a picture.</p>", content_warning="Quoted"
    )
    await Attachment.objects.acreate(
        author=hebrew, post=quoted, kind="image", url=picture, width=16, height=9, description="A cat"
    )
    for state in ("accepted", "pending"):
        await post(fan, f"<p>A quote, {state}.</p>", quote_of=quoted, quote_uri=quoted.uri, quote_state=state)
    await post(fan, "<p>And again.</p>", quote_of=mine, quote_uri=mine.uri, quote_state="accepted")
    card = await PreviewCard.objects.acreate(
        url="https://news.test/" + "long" * 9,
        title=f"{XSS[0]} A headline that goes on and on, as headlines do nowadays",
        description="What it is about. " * 20,
        provider_name="The News",
        author_name="A. Reporter",
        image_url=picture,
    )
    await post(fan, "<p>Read this.</p>", card=card)
    await post(fan, "<p>Something about football.</p>")
    await filters.create_filter(
        identity=viewer,
        title="Sport " + XSS[1],
        contexts=["home", "public", "thread", "account"],
        keywords=[filters.KeywordDraft(keyword="football")],
    )
    await Like.objects.acreate(id=new_id(), post=mine, identity=fan, uri="")
    for kind, actor, about in (
        ("favourite", fan, mine), ("reblog", long, mine), ("follow", evil, None), ("follow_request", hebrew, None),
        ("mention", fan, reply), ("update", long, boosted),
    ):  # fmt: skip
        await Notification.objects.acreate(identity=viewer, kind=kind, actor=actor, post=about)
    await Peer.objects.acreate(
        host="far.test", software="mastodon", software_version="4.5.0", state="idle", state_due_at=None
    )
    await Peer.objects.acreate(host="evil.test", policy="limited", policy_note=XSS[1], state_due_at=None)
    await Report.objects.acreate(
        source=fan, target=evil, comment="Spam\n" + XSS[0], post_uris=[mine.uri, XSS[5]]
    )
    await rows.block(viewer, await rows.make_remote("blocked", "far.test"))
    await rows.mute(viewer, await rows.make_remote("muted", "far.test"))
    return {"mine": mine, "reply": reply, "evil": evil, "long": long, "hebrew": hebrew, "fan": fan}


async def _fill_running(host: str) -> None:
    from core.db import own_connection
    from users.logins.models import SignUp, User
    from users.logins.services import identities, logins
    from users.logins.services.setup import set_up

    async with own_connection():
        done = await set_up(domain=host, email="ana@example.com", handle="ana", password=PASSWORD)
        login = await logins.create_user(email="bob@example.com", password=PASSWORD)
        await identities.create_identity(user=login, domain=done.domain, username="bob")
        await fill(done.domain, done.identity)
        user = await User.objects.acreate(pk=UNCONFIRMED_ID, email=UNCONFIRMED_EMAIL)
        await SignUp.objects.acreate(user=user, domain=done.domain, username="newbie")


if __name__ == "__main__":
    import django

    django.setup()
    asyncio.run(_fill_running(sys.argv[1]))
