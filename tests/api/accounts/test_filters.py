"""Filters of both versions, and what they say about posts."""

import pytest
from django.db.models import F

from activities.filters import queries as filters
from activities.filters.models import Filter, FilterKeyword
from activities.posts.queries.posts import get_post
from api.entities.viewpoint import Viewpoint
from tests.activities import people as rows
from tests.api.support.world import World
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

DRAFT = {
    "title": "Spoilers",
    "context": ["home", "public"],
    "filter_action": "hide",
    "keywords_attributes": [
        {"keyword": "finale", "whole_word": True},
        {"keyword": "plot", "whole_word": False},
    ],
}


@pytest.mark.slow
async def test_a_filter_is_made_changed_and_ended(world: World) -> None:
    made = await world.ada.post("/api/v2/filters", "Filter", json={**DRAFT, "expires_in": 3600})
    assert [one["keyword"] for one in made["keywords"]] == ["finale", "plot"]
    assert made["expires_at"] is not None
    path = f"/api/v2/filters/{made['id']}"
    form = {
        "title": "Sport",
        "context[]": ["thread"],
        "filter_action": "blur",
        "expires_in": "",
        "keywords_attributes[0][id]": made["keywords"][0]["id"],
        "keywords_attributes[0][_destroy]": "true",
        "keywords_attributes[1][keyword]": "goal",
    }
    changed = await world.ada.put(path, "Filter", data=form)
    assert (changed["title"], changed["context"], changed["filter_action"]) == ("Sport", ["thread"], "blur")
    assert changed["expires_at"] is None
    assert [one["keyword"] for one in changed["keywords"]] == ["plot", "goal"]
    assert await world.ada.get("/api/v2/filters", "[Filter]") == [changed]
    assert await world.ada.get(path, "Filter") == changed
    for method in ("GET", "PUT", "DELETE"):
        await world.bea.refused(method, path, 404, "Record not found")
    await world.ada.delete(path, "{}")
    assert await world.ada.get("/api/v2/filters") == []


async def test_a_filter_needs_a_title_and_contexts(world: World) -> None:
    path = "/api/v2/filters"
    await world.ada.refused(
        "POST",
        path,
        422,
        "Validation failed: Title can't be blank, Context can't be blank, Context None or invalid context supplied",
    )
    await world.ada.refused("POST", path, 422, json={**DRAFT, "context": ["nowhere"]})
    await world.ada.refused("POST", path, 422, json={**DRAFT, "filter_action": "burn"})
    await world.ada.refused(
        "POST",
        path,
        422,
        "Validation failed: Keyword can't be blank",
        json={**DRAFT, "keywords_attributes": [{"keyword": " "}]},
    )
    assert await Filter.objects.acount() == 0


@pytest.mark.slow
async def test_keywords_one_by_one(world: World) -> None:
    made = await world.ada.post("/api/v2/filters", json=DRAFT)
    path = f"/api/v2/filters/{made['id']}/keywords"
    added = await world.ada.post(path, "FilterKeyword", data={"keyword": "twist", "whole_word": "false"})
    assert len(await world.ada.get(path, "[FilterKeyword]")) == 3
    one = f"/api/v2/filters/keywords/{added['id']}"
    assert await world.ada.get(one, "FilterKeyword") == added
    changed = await world.ada.put(one, "FilterKeyword", data={"keyword": "turn"})
    assert (changed["keyword"], changed["whole_word"]) == ("turn", False)
    blank = "Validation failed: Keyword can't be blank"
    await world.ada.refused("POST", path, 422, blank)
    await world.ada.refused("PUT", one, 422, blank)
    for method, where in (("GET", path), ("POST", path), ("GET", one), ("PUT", one), ("DELETE", one)):
        data = {} if method == "GET" else {"data": {"keyword": "x"}}
        await world.bea.refused(method, where, 404, "Record not found", **data)
    await world.ada.delete(one, "{}")
    await world.ada.refused("GET", one, 404)


@pytest.mark.slow
async def test_single_posts(world: World) -> None:
    post = await rows.make_post(world.bea.me)
    made = await world.ada.post("/api/v2/filters", json={**DRAFT, "keywords_attributes": []})
    path = f"/api/v2/filters/{made['id']}/statuses"
    added = await world.ada.post(path, "FilterStatus", data={"status_id": post.pk})
    assert await world.ada.get(path, "[FilterStatus]") == [added]
    one = f"/api/v2/filters/statuses/{added['id']}"
    assert await world.ada.get(one, "FilterStatus") == added
    shown = await world.ada.get(f"/api/v1/statuses/{post.pk}", "Status")
    assert shown["filtered"][0]["status_matches"] == [str(post.pk)]
    assert shown["filtered"][0]["keyword_matches"] is None
    secret = await rows.make_post(world.bea.me, rows.Visibility.mentioned)
    await world.ada.refused("POST", path, 404, data={"status_id": secret.pk})
    for method, where in (("GET", path), ("GET", one), ("DELETE", one)):
        await world.bea.refused(method, where, 404, "Record not found")
    await world.ada.delete(one, "FilterStatus")
    assert (await world.ada.get(f"/api/v1/statuses/{post.pk}"))["filtered"] == []


@pytest.mark.slow
async def test_results_stand_in_every_list_of_posts(world: World) -> None:
    await world.ada.post("/api/v2/filters", json=DRAFT)
    texts = {
        "The FINALE!": ["finale"],
        "semifinales": [],
        "underplotted finale": ["finale", "plot"],
        "nothing": [],
    }
    for text, expected in texts.items():
        post = await rows.make_post(world.bea.me, content=f"<p>{text}</p>")
        boost = await rows.make_post(world.remote, boost_of=post)
        found = (await world.ada.get("/api/v1/timelines/public", "[Status]"))[0]
        for shown in (found, await world.ada.get(f"/api/v1/statuses/{boost.pk}", "Status")):
            words = [one["keyword_matches"] for one in shown["filtered"]]
            assert words == ([expected] if expected else []), text
        if expected:
            assert found["filtered"][0]["filter"]["filter_action"] == "hide"
            assert "keywords" not in found["filtered"][0]["filter"]
    assert "filtered" not in (await world.nobody.get("/api/v1/timelines/public", "[Status]"))[0]
    assert (await world.bea.get("/api/v1/timelines/public"))[0]["filtered"] == []
    own = await rows.make_post(world.ada.me, content="<p>finale</p>")
    assert (await world.ada.get(f"/api/v1/statuses/{own.pk}"))["filtered"] == []


@pytest.mark.slow
async def test_the_maximum_number_of_keywords_is_matched(world: World) -> None:
    """The two thousandth was the last that was read; a filter beyond it said nothing."""
    rows = await Filter.objects.abulk_create(
        [Filter(identity=world.ada.me, title=f"f{number}", contexts=["home"]) for number in range(21)]
    )
    await FilterKeyword.objects.abulk_create(
        [
            FilterKeyword(filter=row, keyword=f"word{row.title}x{number}", whole_word=True)
            for row in rows
            for number in range(100)
        ]
    )
    await Identity.objects.filter(pk=world.ada.me.pk).aupdate(filters_version=F("filters_version") + 1)
    post = await world.post(world.bea, "it ends with wordf20x99")
    shown = await world.ada.get(f"/api/v1/statuses/{post.pk}", "Status")
    assert [result["keyword_matches"] for result in shown["filtered"]] == [["wordf20x99"]]


async def test_filters_must_be_compiled_before_a_viewpoint(world: World) -> None:
    """Rather an error than what somebody asked not to see."""
    await Identity.objects.filter(pk=world.ada.me.pk).aupdate(filters_version=F("filters_version") + 1)
    viewer = await Identity.objects.aget(pk=world.ada.me.pk)
    post = await world.post(world.bea, "words")
    with pytest.raises(RuntimeError):
        Viewpoint(world.domain, viewer)
    own = await filters.compiled_for(viewer)
    assert own.matches(await get_post(post.pk, viewer)) == []
    assert Viewpoint(world.domain, viewer, own).filters is own
    with pytest.raises(RuntimeError):
        Viewpoint(world.domain, world.bea.me, own)


@pytest.mark.slow
async def test_expired_filters_say_nothing(world: World) -> None:
    made = await world.ada.post("/api/v2/filters", json=DRAFT)
    post = await rows.make_post(world.bea.me, content="<p>plot</p>", content_warning="finale")
    path = f"/api/v1/statuses/{post.pk}"
    assert (await world.ada.get(path))["filtered"][0]["keyword_matches"] == ["finale", "plot"]
    await world.ada.put(f"/api/v2/filters/{made['id']}", data={"expires_in": 60})
    await Filter.objects.filter(pk=made["id"]).aupdate(expires_at=rows.ago(minutes=1))
    await world.ada.put(f"/api/v2/filters/{made['id']}", data={"title": "again"})  # so that it is read anew
    assert (await world.ada.get(path))["filtered"] == []


async def test_a_keyword_that_looks_like_an_expression_is_text(world: World) -> None:
    await world.ada.post(
        "/api/v2/filters",
        json={**DRAFT, "keywords_attributes": [{"keyword": "(a+)+$", "whole_word": True}]},
    )
    post = await rows.make_post(world.bea.me, content="<p>see (a+)+$ here</p>")
    assert (await world.ada.get(f"/api/v1/statuses/{post.pk}"))["filtered"][0]["keyword_matches"] == [
        "(a+)+$"
    ]


async def test_the_first_version_shows_the_same_filters(world: World) -> None:
    draft = {"phrase": "finale", "context[]": ["home"], "irreversible": "true", "expires_in": "60"}
    made = await world.ada.post("/api/v1/filters", "V1::Filter", data=draft)
    assert (made["irreversible"], made["whole_word"]) == (True, False)
    whole = (await world.ada.get("/api/v2/filters", "[Filter]"))[0]
    assert whole["filter_action"] == "hide"
    assert whole["keywords"][0]["id"] == made["id"]
    path = f"/api/v1/filters/{made['id']}"
    changed = await world.ada.put(
        path, "V1::Filter", data={"phrase": "plot", "context[]": ["public"], "whole_word": "1"}
    )
    assert (changed["phrase"], changed["context"], changed["whole_word"]) == ("plot", ["public"], True)
    assert changed["expires_at"] == made["expires_at"]
    assert await world.ada.get("/api/v1/filters", "[V1::Filter]") == [changed]
    assert await world.ada.get(path, "V1::Filter") == changed
    await world.ada.refused("POST", "/api/v1/filters", 422, "Validation failed: Phrase can't be blank")
    await world.ada.refused(
        "POST",
        "/api/v1/filters",
        422,
        "Validation failed: Context can't be blank, Context None or invalid context supplied",
        data={"phrase": "x"},
    )
    await world.bea.refused("DELETE", path, 404, "Record not found")
    await world.ada.delete(path, "{}")
    assert await world.ada.get("/api/v2/filters") == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": "x" * 256}, "Title is too long (maximum is 255 characters)"),
        ({"context": []}, "Context can't be blank, Context None or invalid context supplied"),
        ({"expires_in": 10**11}, "Expires in is invalid"),
        (
            {"keywords_attributes": [{"keyword": "x" * 513}]},
            "Keyword is too long (maximum is 512 characters)",
        ),
    ],
)
async def test_filter_errors_use_mastodons_sentences(
    world: World, wrong: dict[str, object], sentence: str
) -> None:
    await world.ada.refused(
        "POST", "/api/v2/filters", 422, f"Validation failed: {sentence}", json={**DRAFT, **wrong}
    )


@pytest.mark.parametrize(("limit", "things"), [("MAX_FILTERS", "filters"), ("MAX_KEYWORDS", "keywords")])
async def test_the_number_of_filters_is_limited(
    world: World, monkeypatch: pytest.MonkeyPatch, limit: str, things: str
) -> None:
    monkeypatch.setattr(f"activities.filters.services.{limit}", 0)
    sentence = f"Validation failed: You have reached the maximum number of {things}"
    draft = {**DRAFT, "keywords_attributes": [{"keyword": "x"}]}
    await world.ada.refused("POST", "/api/v2/filters", 422, sentence, json=draft)
