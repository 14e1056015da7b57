"""Search in posts: what may be found, in which languages, with which operators; and people by likeness."""

import datetime as dt

import pytest

from activities.media.models import Attachment
from activities.posts.models import Post, Visibility
from activities.search import queries as search
from activities.search.terms import parse_terms
from core.db import sql
from core.ids import lowest_id_at
from core.texts import fold
from tests.activities import people as rows
from tests.api.support.world import Speaker, World
from users.identities.models import Identity

pytestmark = pytest.mark.anyio


async def found(speaker: Speaker, q: str, **more: object) -> list[str]:
    answer = await speaker.get("/api/v2/search", "Search", params={"q": q, "type": "statuses", **more})
    return [status["id"] for status in answer["statuses"]]


@pytest.mark.slow
async def test_only_what_may_be_searched(world: World) -> None:
    open_post = await world.post(world.bea, "about zebras")
    assert await found(world.ada, "zebras") == []
    await Identity.objects.filter(pk=world.bea.me.pk).aupdate(is_indexable=True)
    assert await found(world.ada, "zebras") == [str(open_post.pk)]
    assert await found(world.ada, "Zebras about") == [str(open_post.pk)]
    await Identity.objects.filter(pk=world.bea.me.pk).aupdate(is_indexable=False)
    for verb in ("favourite", "bookmark", "reblog"):
        post = await world.post(world.bea, f"okapi {verb}")
        await world.ada.post(f"/api/v1/statuses/{post.pk}/{verb}")
        assert await found(world.ada, f"okapi {verb}") == [str(post.pk)], verb
    named = await world.post(world.bea, "gnu for @ada")
    assert await found(world.ada, "gnu") == [str(named.pk)]
    private = await world.post(world.bea, "kudu", visibility=Visibility.followers)
    assert await found(world.ada, "kudu") == []
    assert await found(world.bea, "kudu") == [str(private.pk)]
    assert await found(world.nobody, "zebras") == []
    await rows.block(world.ada.me, world.bea.me)
    assert await found(world.ada, "gnu") == []


@pytest.mark.slow
async def test_words_in_many_languages(world: World) -> None:
    for text, queries, not_found in (
        ("東京タワーは夜にきれいです", ("東京", "タワー", "夜に", "きれい", "東京タワー"), ("京東", "大阪")),
        ("我爱北京天安门", ("北京", "天安门", "爱"), ("京北",)),
        ("สวัสดีชาวโลก", ("สวัสดี", "โลก"), ("ดีสวัส",)),
        ("Привет МОСКВА", ("москва", "привет"), ("моск",)),
        (
            "Die Straßenbahn fährt über Köln",
            ("straßenbahn", "KÖLN", '"fährt über"'),
            ("bahn", '"über fährt"'),
        ),
        ("مرحبا بالعالم", ("مرحبا",), ("عالم",)),
        ("안녕하세요 세계", ("세계",), ("계세",)),
        (
            "Une crème brûlée, «très bonne»",
            ("creme brulee", "CRÈME BRÛLÉE", '"brulee tres"', "tres bonne"),
            ("crem",),
        ),
        ("I don’t know “quoted”", ("don't", "don’t", "DONʼT know", "quoted"), ("dont",)),
        ("I don't know", ("don't", "don’t", '"don’t know"'), ()),
        ("검색은 좋다", ("검색", "검색은", "좋", "검"), ("색검", "은검")),
        ("Ｗｉｄｅ ﾊﾅｺ ガギ", ("wide", "ハナコ", "ｗｉｄｅ", "ガギ"), ("カキ",)),
        ("Ёлка, мой за́мок", ("елка", "ЁЛКА", "замок", "МОЙ"), ("мои",)),
        ("ΣΊΣΥΦΟΣ Νίκος", ("σισυφος", "σίσυφος", "νικοσ"), ()),
        ("ՀԱՅ Łódź ØRE Æsir İyi ISI", ("հայ", "lodz", "øre", "ore", "aesir", "iyi", "ısı"), ()),
        ("مُحَمَّد قال، نعم", ("محمد", "قال"), ()),
        ("שָׁלוֹם", ("שלום",), ()),
        ("soft\u00adhyphen \u200emark\u202c", ("softhyphen", "mark", "\u200fmark"), ()),
        ("हिन्दी में।", ("हिन्दी", "में"), ("हन",)),
        ("It's a well-known C++ trick", ("well-known", "known", '"known c++ trick"'), ('"trick known"',)),
        ("Great news🎉", ("news", "NEWS🎉", "🎉", "great 🎉", '"great news"'), ("new", "🎈")),
        ("☀️sunny day", ("sunny", "☀", "☀️", "☀️sunny"), ()),
        ("love🎉cats🎉 dogs❤️birds", ("love", "cats", "dogs", "birds", "❤️", "🎉❤"), ("lovecats", "-🎉 love")),
        ("👩🏽‍🚀astronaut🇩🇪flag 1️⃣first", ("astronaut", "flag", "first", "👩‍🚀", "🇩🇪"), ("🇫🇷",)),
        (
            "cats/dogs are his/her stuff2",
            ("cats", "dogs", "cats/dogs", "her", "stuff2", '"cats dogs"'),
            ("catsdogs",),
        ),
        ("v1.2.3-beta4", ("v1.2.3", "beta4", "v1.2.3-beta4"), ()),
        ("word5→word6 • word7", ("word5", "word6", "word7"), ("word5word6",)),
        ("™brand €euro 50€ acme™ №7", ("brand", "euro", "50", "acme", "7"), ()),
        ("①one ½cup Ⓗⓔⓛⓛⓞ x²", ("one", "cup", "hello", "x2"), ()),
        (
            "see www.example.org/some-page.html?a=b#c",
            ("example", "page", "www.example.org", "some-page", "html"),
            (),
        ),
        ("https://far.example/@zoe/123", ("far.example", "zoe", "123", "far.example/@zoe/123"), ()),
        ("x@mail.example", ("mail.example", "x@mail.example", "mail"), ()),
        ("zero\u200bwidth9", ("zero", "width9", "zero\u200bwidth9"), ("zerowidth9",)),
        (
            "a-b node.js c++ x_y 3.5mm −7° -5",
            ("a-b", "b", "node.js", "node", "c", "c++", "x_y", "y", "3.5mm"),
            ("35mm",),
        ),
        (
            "3.5mm, 5. a|b=c~d <e> R&D f&g; “h”—i",
            ("3.5", "mm", "5", "a", "b", "c", "d", "e", "R&D", "g", "h", "i"),
            ("amp", "lt"),
        ),
    ):
        post = await world.post(world.ada, text)
        for q in queries:
            assert str(post.pk) in await found(world.ada, q), q
        for q in not_found:
            assert str(post.pk) not in await found(world.ada, q), q


async def test_posts_are_folded_as_names_are(world: World) -> None:
    """The database's function and core/texts/folding.py agree, letter by letter."""
    letters = [chr(code) for code in range(0xC0, 0x590) if chr(code).isalpha() and chr(code) not in "Ŀŀͺ"]
    folded = await sql.column(
        """SELECT activities_search_text(letter || letter) FROM unnest(%s::text[]) WITH ORDINALITY AS l (letter, at) ORDER BY at""",
        [letters],
    )
    different = [
        (letter, one, fold(letter * 2))
        for letter, one in zip(letters, folded, strict=True)
        if one != fold(letter * 2)
    ]
    assert not different, str(different)


@pytest.mark.slow
async def test_operators(world: World) -> None:
    plain = await world.post(world.ada, "moss plain", language="de")
    reply = await world.post(world.ada, "moss reply", in_reply_to_id=plain.pk, language="en-GB")
    warned = await world.post(world.ada, "moss", content_warning="lichen")
    pictured = await world.post(world.ada, "moss pictured")
    await Attachment.objects.acreate(
        author=world.ada.me, post=pictured, kind="image", url="https://testserver/a"
    )
    await Identity.objects.filter(pk=world.bea.me.pk).aupdate(is_indexable=True)
    other = await world.post(world.bea, "moss of bea")
    ids = {
        post.pk: name
        for post, name in (
            (plain, "plain"),
            (reply, "reply"),
            (warned, "warned"),
            (pictured, "pictured"),
            (other, "other"),
        )
    }
    today = plain.created_at.astimezone(dt.UTC).date()
    for q, expected in (
        ("moss", "plain reply warned pictured other"),
        ("moss -plain -reply", "warned pictured other"),
        ("moss from:me", "plain reply warned pictured"),
        ("from:bea", "other"),
        ("from:@bea@testserver moss", "other"),
        ("moss from:nobody", ""),
        ("moss has:media", "pictured"),
        ("moss has:image", "pictured"),
        ("moss has:video", ""),
        ("moss -has:media from:me", "plain reply warned"),
        ("moss is:reply", "reply"),
        ("moss -is:reply from:me", "plain warned pictured"),
        ("moss is:sensitive", "warned"),
        ("lichen", "warned"),
        ("moss language:de", "plain"),
        ("moss language:en", "reply warned pictured other"),  # what says none has its domain's
        ("moss in:library", "plain reply warned pictured"),
        ("moss in:public", "plain reply warned pictured other"),
        (f"moss before:{today}", ""),
        (f"moss after:{today}", ""),
        (f"moss during:{today} language:de", "plain"),
        (f"moss during:{today.year}-{today.month:02} language:de", "plain"),
        (f"moss after:{today - dt.timedelta(days=1)} language:de", "plain"),
        (f"moss before:{today + dt.timedelta(days=1)} language:de", "plain"),
        ("-moss", ""),
        ("has:nonsense", ""),
        ('"', ""),
        ("moss & | ! <-> :* ( '", "plain reply warned pictured other"),
    ):
        names = {ids[int(one)] for one in await found(world.ada, q)}
        assert names == set(expected.split()), q


async def test_a_hashtag_is_only_that_hashtag(world: World) -> None:
    """As in Mastodon, `#moss` is neither the word nor the beginning of a longer hashtag."""
    word, tag, longer = [
        await world.post(world.ada, text) for text in ("moss", "so #Moss", "#moss_x and #fern")
    ]
    ids = {str(post.pk): name for post, name in ((word, "word"), (tag, "tag"), (longer, "longer"))}
    for q, expected in (
        ("moss", "word tag longer"),
        ("#moss", "tag"),
        ("＃MOSS", "tag"),
        ("#moss_x", "longer"),
        ("#moss #fern", ""),
        ("moss -#moss", "word longer"),
        ("moss -#fern", "word tag"),
        ('"#moss"', "word tag longer"),
        ("#1 moss", ""),
        ("#nothing", ""),
    ):
        assert {ids[one] for one in await found(world.ada, q)} == set(expected.split()), q


async def test_pages(world: World) -> None:
    posts = [str((await world.post(world.ada, f"fern {n}")).pk) for n in range(6)][::-1]
    assert await found(world.ada, "fern", limit="2") == posts[:2]
    assert await found(world.ada, "fern", limit="2", offset="2") == posts[2:4]
    assert await found(world.ada, "fern", limit="2", max_id=posts[1]) == posts[2:4]
    assert await found(world.ada, "fern", limit="2", min_id=posts[5]) == posts[3:5]
    assert await found(world.ada, "fern", account_id=world.bea.id) == []


async def test_a_common_word_is_searched_in_pieces(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the viewer may find lies behind more candidates than are looked at at once."""

    mine = await world.post(world.ada, "the words")
    for _ in range(5):
        await rows.make_post(world.remote)
    monkeypatch.setattr(search, "_CANDIDATES", 2)
    assert await found(world.ada, "words") == [str(mine.pk)]


async def test_people_are_found_by_likeness(world: World) -> None:
    await Identity.objects.filter(pk=world.bea.me.pk).aupdate(name="Beatrice Kowalski", is_discoverable=True)
    for q, expected in (("beatrise", ["bea"]), ("kowalsky", ["bea"]), ("bea", ["bea"]), ("zzzzz", [])):
        answer = await world.ada.get("/api/v2/search", "Search", params={"q": q, "type": "accounts"})
        assert [one["username"] for one in answer["accounts"]] == expected, q
    await Identity.objects.filter(pk=world.bea.me.pk).aupdate(is_discoverable=False)
    answer = await world.ada.get("/api/v2/search", "Search", params={"q": "kowalsky", "type": "accounts"})
    assert answer["accounts"] == []


def test_queries_are_parsed() -> None:
    terms = parse_terms(
        'from:@Me@X.test "two words" -not has:Media -is:reply language:DE https://x.test before:2026-02 and:this'
    )
    assert [(word.text, word.is_excluded) for word in terms.words] == [
        ("two words", False),
        ("not", True),
        ("https://x.test", False),
        ("and:this", False),
    ]
    assert terms.properties == [("has:media", False), ("is:reply", True)]
    assert (terms.author, terms.language) == ("me@x.test", "de")
    assert terms.until == dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    assert parse_terms("before:2026-13-45 after:x during:9999").since is None
    assert lowest_id_at(terms.until) > 0
    assert Post._meta.db_table == "activities_post"


async def test_blocked_accounts_are_found_by_the_full_handle_only(world: World) -> None:
    """Clients look people up that way to let them go again; nobody else meets them."""

    async def people(q: str, by: Speaker) -> list[str]:
        answer = await by.get("/api/v2/search", "Search", params={"q": q, "type": "accounts"})
        return [one["acct"] for one in answer["accounts"]]

    await rows.block(world.ada.me, world.bea.me)
    assert await people("bea", world.ada) == ["bea"]
    assert await people(f"bea@{world.domain.name}", world.ada) == ["bea"]
    assert await people("be", world.ada) == []
    assert await people("ada", world.bea) == []
