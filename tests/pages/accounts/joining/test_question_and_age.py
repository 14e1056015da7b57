"""The question of a domain at sign-up, and the date of birth that is checked and forgotten."""

import datetime as dt
import re

import pytest

from api.oauth.tokens import create_token
from core import clock
from tests.pages.conftest import Site
from users.domains import options
from users.domains import services as domains
from users.domains.models import Level, SignUpMode
from users.domains.queries import clear_domain_cache
from users.logins.models import SignUp, User

pytestmark = pytest.mark.anyio

FORM = {"username": "newbie", "email": "new@example.org", "password": "seven small boats"}


async def ask(site: Site, mode: SignUpMode, **values: str | int) -> None:
    await domains.edit_domain(domain=site.domain, sign_up_mode=mode)
    clear_domain_cache()
    for name, value in values.items():
        await options.set_value(options.by_name(name), value, level=Level.domain, owner=site.domain.pk)


def born(*, years_ago: int, days: int = 0) -> str:
    today = clock.now().date()
    return (dt.date(today.year - years_ago, today.month, min(today.day, 28)) + dt.timedelta(days)).isoformat()


async def test_staff_read_the_answer_to_the_question(site: Site) -> None:
    await ask(site, SignUpMode.approval)
    assert "Why do you want to join?" in (await site.nobody.get("/sign-up")).text
    await ask(site, SignUpMode.approval, sign_up_question="Which <bird> do you like?")
    page = (await site.nobody.get("/sign-up")).text
    assert "Which &lt;bird&gt; do you like?" in page
    assert "Why do you want to join?" not in page
    assert 'name="date_of_birth"' not in page
    answer = await site.nobody.post("/sign-up", FORM | {"reason": "The takahē"})
    assert answer.status_code == 200
    assert (await User.objects.aget(email="new@example.org")).sign_up_reason == "The takahē"
    await ask(site, SignUpMode.approval, sign_up_question="What else?")  # later sign-ups are asked that
    asked = (await site.moderator.get("/admin/sign-ups")).text
    assert re.search(r"Which &lt;bird&gt; do you like\?.*The takahē", asked, re.DOTALL)
    assert "What else?" not in asked
    token = await create_token(identity=site.moderator.me, scopes="admin:read")
    found = await site.nobody.http.get(
        "/api/v1/admin/accounts?pending=true", headers={"Authorization": f"Bearer {token}"}
    )
    assert [one["invite_request"] for one in found.json()] == ["The takahē"]
    await ask(site, SignUpMode.open)
    assert "Which &lt;bird&gt;" not in (await site.nobody.get("/sign-up")).text, "nobody would read it"


async def test_who_is_too_young_or_says_no_date_is_refused(site: Site) -> None:
    await ask(site, SignUpMode.open, minimum_age=16)
    assert "at least 16 years old" in (await site.nobody.get("/sign-up")).text
    for date in ("", "never", born(years_ago=16, days=3), born(years_ago=-1)):
        answer = await site.nobody.post("/sign-up", FORM | {"date_of_birth": date})
        assert answer.status_code == 422, date
    assert not await SignUp.objects.aexists()
    answer = await site.nobody.post("/sign-up", FORM | {"date_of_birth": born(years_ago=17)})
    assert answer.status_code == 200
    assert await SignUp.objects.filter(username="newbie").aexists()
    instance = (await site.nobody.http.get("/api/v2/instance")).json()
    assert instance["registrations"]["min_age"] == 16
    await ask(site, SignUpMode.open, minimum_age=0)
    instance = (await site.nobody.http.get("/api/v2/instance")).json()
    assert instance["registrations"]["min_age"] is None
