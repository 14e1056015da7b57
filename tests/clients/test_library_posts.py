"""Mastodon.py, the methods about posts: writing, reading, reacting, media, polls, schedules, timelines, pages, tags, trends."""

import datetime as dt
import io

import pytest
from mastodon import MastodonNotFoundError

from tests.clients.support.library import Cast, Client, until
from tests.media.files import image

pytestmark = pytest.mark.servers

CALLS = {
    "test_posts_are_written_and_changed": """
        status_post toot status statuses status_reply status_context status_update status_source status_history status_delete me
        status_card status_translate""",
    "test_a_conversation_of_this_server_is_whole": """
        status_post status_reply status_context get_async_refresh_info get_async_refresh_status await_async_refresh""",
    "test_posts_get_reactions": """
        status_post status_favourite status_unfavourite status_reblog status_unreblog status_bookmark status_unbookmark status_pin
        status_unpin status_mute status_unmute favourites bookmarks status_favourited_by status_reblogged_by account_statuses me""",
    "test_posts_are_quoted": """
        status_post status_quotes status_quote_revoke status_update_quote_approval_policy""",
    "test_media_is_uploaded": """
        media_post media_update media status_post status_update generate_media_edit_attributes decode_blurhash account_statuses me""",
    "test_polls_are_made_and_voted_in": "make_poll status_post poll poll_vote status",
    "test_posts_are_scheduled": """
        status_post scheduled_statuses scheduled_status scheduled_status_update scheduled_status_delete""",
    "test_timelines_are_paged": """
        status_post me timeline timeline_home timeline_local timeline_public timeline_hashtag timeline_link timeline_is_available
        fetch_next fetch_previous fetch_remaining get_pagination_info pagination_iterator pagination_page_iterator account_follow""",
    "test_hashtags_are_followed_and_featured": """
        tag tag_follow tag_unfollow followed_tags featured_tags featured_tag_suggestions featured_tag_create featured_tag_delete
        tag_feature tag_unfeature status_post""",
    "test_trends_are_read": "trends trending_tags trending_statuses trending_links",
    "test_filters_apply": """
        filters filter filter_create filter_update filter_delete filters_apply filters_v2 filter_v2 create_filter_v2 update_filter_v2
        delete_filter_v2 filter_keywords_v2 add_filter_keyword_v2 delete_filter_keyword_v2 filter_statuses_v2 add_filter_status_v2
        filter_status_v2 delete_filter_status_v2 status_post timeline_home account_follow me""",
}  # fmt: skip


def test_posts_are_written_and_changed(cast: Cast) -> None:
    ada, bob, _ = cast
    words = ada.status_post(
        "Hello @bob, have a look at #birds", visibility="unlisted", sensitive=True, spoiler_text="Birds", language="en",
        idempotency_key="once",
    )  # fmt: skip
    again = ada.status_post("Hello @bob, have a look at #birds", idempotency_key="once")
    assert again.id == words.id
    assert (words.visibility, words.spoiler_text, words.language) == ("unlisted", "Birds", "en")
    assert ada.toot("Short").content == "<p>Short</p>"
    assert bob.status(words).mentions[0].acct == "bob"
    assert [one.id for one in bob.statuses([words])] == [words.id]
    reply = bob.status_reply(words, "Nice ones")
    assert (reply.in_reply_to_id, reply.visibility) == (words.id, "unlisted")
    thread = ada.status_context(words)
    assert [one.id for one in thread.descendants] == [reply.id]
    assert [one.id for one in ada.status_context(reply).ancestors] == [words.id]
    changed = ada.status_update(words, "Hello @bob, look at the #sea", spoiler_text="Sea")
    assert changed.edited_at is not None
    assert ada.status_source(words).text == "Hello @bob, look at the #sea"
    assert [one.spoiler_text for one in ada.status_history(words)] == ["Birds", "Sea"]
    assert ada.status_card(words) is None
    with pytest.raises(MastodonNotFoundError):
        ada.status_translate(words, "de")  # there is no translator, as the configuration says
    assert ada.status_delete(words).text == "Hello @bob, look at the #sea"
    with pytest.raises(MastodonNotFoundError):
        ada.status(words)
    assert ada.me().statuses_count >= 1


def test_a_conversation_of_this_server_is_whole(cast: Cast) -> None:
    """Nothing is refreshed for it. With posts of other servers: tests/activities/remote/test_whole_threads.py."""
    ada, bob, _ = cast
    words = ada.status_post("Alone")
    reply = bob.status_reply(words, "Not any more")
    thread = ada.status_context(words)
    assert ada.get_async_refresh_info(thread) is None
    assert [one.id for one in ada.await_async_refresh(thread).descendants] == [reply.id]
    with pytest.raises(MastodonNotFoundError):
        ada.get_async_refresh_status(words.id)


def test_posts_get_reactions(cast: Cast) -> None:
    ada, bob, _ = cast
    post = ada.status_post("React to me")
    assert bob.status_favourite(post).favourited
    assert bob.favourites()[0].id == post.id
    assert [one.acct for one in ada.status_favourited_by(post)] == ["bob"]
    assert not bob.status_unfavourite(post).favourited
    assert bob.status_reblog(post, visibility="unlisted").reblog.id == post.id
    assert [one.acct for one in ada.status_reblogged_by(post)] == ["bob"]
    assert not bob.status_unreblog(post).reblogged
    assert bob.status_bookmark(post).bookmarked
    assert bob.bookmarks()[0].id == post.id
    assert not bob.status_unbookmark(post).bookmarked
    assert ada.status_pin(post).pinned
    assert [one.id for one in ada.account_statuses(ada.me(), pinned=True)] == [post.id]
    assert not ada.status_unpin(post).pinned
    assert ada.status_mute(post).muted
    assert not ada.status_unmute(post).muted


def test_posts_are_quoted(cast: Cast) -> None:
    ada, bob, _ = cast
    post = ada.status_post("Quote me", quote_approval_policy="public")
    quote = bob.status_post("So true", quoted_status_id=post)
    assert quote.quote.quoted_status.id == post.id
    assert [one.id for one in ada.status_quotes(post)] == [quote.id]
    revoked = ada.status_quote_revoke(post, quote)
    assert revoked.quote.state == "revoked"
    assert ada.status_update_quote_approval_policy(post, "nobody").quote_approval.automatic == []


def test_media_is_uploaded(cast: Cast) -> None:
    ada = cast.ada
    made = ada.media_post(
        io.BytesIO(image()), "image/jpeg", description="Red and blue", focus=(0.5, -0.5), synchronous=True
    )
    assert (made.type, made.description, made.meta.original.width) == ("image", "Red and blue", 60)
    assert ada.media_update(made, description="Half red", focus=(0.0, 0.1)).description == "Half red"
    assert ada.media(made).description == "Half red"
    assert len(ada.decode_blurhash(made, (4, 4), size_per_component=False)) == 4
    post = ada.status_post("A picture", media_ids=[made])
    assert post.media_attachments[0].preview_url
    edit = ada.generate_media_edit_attributes(made, description="Half blue")
    assert (
        ada.status_update(post, "A picture", media_attributes=[edit]).media_attachments[0].description
        == "Half blue"
    )
    assert ada.account_statuses(ada.me(), only_media=True)[0].id == post.id


def test_polls_are_made_and_voted_in(cast: Cast) -> None:
    ada, bob, _ = cast
    asked = ada.status_post("Tea?", poll=ada.make_poll(["Yes", "No", "Both"], 3600, multiple=True))
    poll = bob.poll(asked.poll)
    assert ([option.title for option in poll.options], poll.multiple, poll.voted) == (
        ["Yes", "No", "Both"],
        True,
        False,
    )
    voted = bob.poll_vote(poll, [0, 2])
    assert (voted.voted, voted.own_votes) == (True, [0, 2])
    assert ada.status(asked).poll.votes_count == 2


def test_posts_are_scheduled(cast: Cast) -> None:
    ada = cast.ada
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    made = ada.status_post("Later", scheduled_at=later, visibility="private")
    assert (made.params.text, made.params.visibility) == ("Later", "private")
    assert [one.id for one in ada.scheduled_statuses()] == [made.id]
    assert ada.scheduled_status(made).id == made.id
    moved = ada.scheduled_status_update(made, later + dt.timedelta(hours=1))
    assert moved.scheduled_at > made.scheduled_at
    ada.scheduled_status_delete(made)
    assert ada.scheduled_statuses() == []


def test_timelines_are_paged(cast: Cast) -> None:
    ada, _, cy = cast
    cy.account_follow(ada.me())
    ids = [ada.status_post(f"Page {number} #paged").id for number in range(7)][::-1]

    def at_home() -> bool:
        return cy.timeline_home(limit=1)[0].id == ids[0]

    until(at_home)
    first = ada.timeline_hashtag("paged", limit=3)
    assert [one.id for one in first] == ids[:3]
    second = ada.fetch_next(first)
    assert [one.id for one in second] == ids[3:6]
    assert [one.id for one in ada.fetch_previous(second)] == ids[:3]
    assert [one.id for one in ada.fetch_remaining(first)] == ids
    assert [one.id for one in ada.pagination_iterator(first)] == ids
    assert [len(page) for page in ada.pagination_page_iterator(first)][:3] == [3, 3, 1]
    assert ada.get_pagination_info(first, "next")["max_id"]
    assert ada.timeline("home", limit=1)[0].id == ids[0]
    assert ada.timeline_local(limit=2)[0].id == ids[0]
    assert ada.timeline_public(limit=2, min_id=ids[2])[0].id == ids[0]
    assert ada.timeline_hashtag("paged", local=True, min_id=ids[1])[0].id == ids[0]
    assert ada.timeline_is_available("public", local=True)
    with pytest.raises(MastodonNotFoundError):
        ada.timeline_link("https://nobody.example/linked")  # it does not trend


def test_hashtags_are_followed_and_featured(cast: Cast) -> None:
    ada = cast.ada
    ada.status_post("#owls and #larks")
    assert ada.tag("owls").following is False
    assert ada.tag_follow("owls").following
    assert [one.name for one in ada.followed_tags()] == ["owls"]
    assert not ada.tag_unfollow("owls").following
    assert {"owls", "larks"} <= {one.name for one in ada.featured_tag_suggestions()}
    made = ada.featured_tag_create("owls")
    assert int(made.statuses_count) == 1
    assert [one.name for one in ada.featured_tags()] == ["owls"]
    ada.featured_tag_delete(made)
    assert ada.tag_feature("larks").featuring
    assert not ada.tag_unfeature("larks").featuring


def test_trends_are_read(cast: Cast) -> None:
    ada = cast.ada
    assert isinstance(ada.trends(), list)
    assert isinstance(ada.trending_tags(limit=5, offset=0), list)
    assert isinstance(ada.trending_statuses(), list)
    assert isinstance(ada.trending_links(), list)


def test_filters_apply(cast: Cast) -> None:
    ada, bob, _ = cast
    ada.account_follow(bob.me())
    old = ada.filter_create("rain", ["home", "public"], whole_word=True, expires_in=3600)
    assert (old.phrase, old.context) == ("rain", ["home", "public"])
    assert ada.filter_update(old, phrase="storm", context=["home"]).phrase == "storm"
    assert ada.filter(old).phrase == "storm"
    assert [one.phrase for one in ada.filters()] == ["storm"]
    post = bob.status_post("A storm is coming")
    until(lambda: post.id in [one.id for one in ada.timeline_home()])
    assert post.id not in [one.id for one in ada.filters_apply(ada.timeline_home(), ada.filters(), "home")]
    ada.filter_delete(old)
    _filters_of_version_two(ada, post)


def _filters_of_version_two(ada: Client, post: object) -> None:
    made = ada.create_filter_v2(
        "Weather",
        ["home"],
        "warn",
        expires_in=3600,
        keywords_attributes=[{"keyword": "snow", "whole_word": True}],
    )
    assert ada.update_filter_v2(made, title="All weather", context=["home", "thread"]).title == "All weather"
    assert ada.filter_v2(made).context == ["home", "thread"]
    assert [one.title for one in ada.filters_v2()] == ["All weather"]
    word = ada.add_filter_keyword_v2(made, "storm", whole_word=False)
    assert [one.keyword for one in ada.filter_keywords_v2(made)] == ["snow", "storm"]
    assert ada.timeline_home()[0].filtered[0].keyword_matches == ["storm"]
    ada.delete_filter_keyword_v2(word)
    caught = ada.add_filter_status_v2(made, post)
    assert [one.id for one in ada.filter_statuses_v2(made)] == [caught.id]
    assert ada.filter_status_v2(caught).status_id == ada.timeline_home()[0].id
    ada.delete_filter_status_v2(caught)
    ada.delete_filter_v2(made)
    assert ada.filters_v2() == []
