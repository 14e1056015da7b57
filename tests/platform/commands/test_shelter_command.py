"""`takahe shelter`: rules on incoming posts are added, tried, put into effect and removed."""

import json

import pytest

from activities.shelter.models import ShelterAction, ShelterMode
from activities.shelter.services.rules import LISTS, NUMBERS
from takahe.cli.exits import Exit
from takahe.cli.parser import build_parser
from takahe.cli.peers import SHELTER_ACTIONS, SHELTER_MODES
from tests.platform.commands.test_command import Run
from tests.platform.commands.test_command import own_database as own_database
from tests.platform.commands.test_command import own_takahe as own_takahe

pytestmark = pytest.mark.anyio


def test_the_options_are_those_of_the_rules() -> None:
    assert tuple(ShelterAction) == SHELTER_ACTIONS
    assert tuple(ShelterMode) == SHELTER_MODES
    given = build_parser().parse_args(["shelter", "add", "x", "--action", "hold"])
    assert {*LISTS, *NUMBERS} <= set(vars(given))


@pytest.mark.slow
async def test_a_rule_is_added_put_into_effect_and_removed(own_takahe: Run) -> None:
    await own_takahe("setup", "--domain", "example.test", "--email", "a@b.test", "--handle", "anna")
    conditions = [
        "--phrase",
        "cheap pills",
        "--phrase",
        "casino*",
        "--strangers",
        "3",
        "--younger-than",
        "48",
    ]
    made = await own_takahe("shelter", "add", "A wave", "--action", "hold", *conditions)
    assert made.code == 0, made.err
    rule = made.out.strip()

    async def shown() -> dict[str, object]:
        (one,) = json.loads((await own_takahe("shelter", "list", "--json")).out)
        return one  # type: ignore[no-any-return]

    one = await shown()
    assert (one["id"], one["name"], one["action"], one["mode"]) == (rule, "A wave", "hold", "trial")
    assert one["conditions"] == {
        "phrases": ["cheap pills", "casino*"],
        "min_strangers": 3,
        "younger_than_h": 48,
    }
    assert (await own_takahe("shelter", "mode", rule, "active")).out.strip() == rule
    assert (await shown()) == {**one, "mode": "active"}, "the conditions stay"
    tried = await own_takahe("shelter", "try", rule)
    assert tried.out == "0 of 0 posts match\n"
    assert (await own_takahe("shelter", "held")).out == ""
    assert (await own_takahe("shelter", "remove", rule)).code == 0
    gone = await own_takahe("shelter", "remove", rule)
    assert (gone.code, "Traceback" in gone.err) == (Exit.FAILED, False)
    nothing = await own_takahe("shelter", "add", "Empty", "--action", "drop")
    assert nothing.code == Exit.FAILED
    assert "condition" in nothing.err
