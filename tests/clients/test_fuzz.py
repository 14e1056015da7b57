"""schemathesis against /api/openapi.json of a live server: every operation, called with what its description allows and with what it forbids.

Never a 500, never an error that is no JSON, never an answer that the document does not describe. The seed is fixed: a failure comes
again. FUZZ_EXAMPLES=100 tries more of each operation than the few that CI has time for.
"""

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.clients.support.live import Live
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.servers

_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))
_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
_STREAMS = (
    "user",
    "user/notification",
    "public",
    "public/local",
    "public/remote",
    "hashtag",
    "hashtag/local",
    "list",
    "direct",
)
_LEFT_OUT = {
    **{f"GET /api/v1/streaming/{name}": "answers without end" for name in _STREAMS},
    "POST /oauth/revoke": "would end the token that all the others are called with",
}
_SETTINGS = settings(
    max_examples=_EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def ids(live: Live) -> list[str]:
    """Of things that are there, of both kinds of owner; what is asked of them may be nonsense all the same."""
    made = []
    for name in ("bob", "ada"):
        with requests.Session() as http:
            http.headers["Authorization"] = f"Bearer {live.tokens[name]}"

            def call(method: str, path: str, http: requests.Session = http, **body: Any) -> Any:
                answer = http.request(method, live.base_url + path, json=body, timeout=PATIENCE_S)
                assert answer.status_code == 200, answer.text
                return answer.json()

            made.append(call("GET", "/api/v1/accounts/verify_credentials")["id"])
            made.append(call("POST", "/api/v1/statuses", status=f"By {name} @bob @ada #fuzz")["id"])
            poll = {"options": ["a", "b"], "expires_in": 3600}
            made.append(call("POST", "/api/v1/statuses", status="Which?", poll=poll)["id"])
            made.append(call("POST", "/api/v1/lists", title="A list")["id"])
            filter_ = call(
                "POST", "/api/v2/filters", title="f", context=["home"], keywords_attributes=[{"keyword": "x"}]
            )
            made += [filter_["id"], filter_["keywords"][0]["id"]]
    return made


def _operations(live: Live) -> list[Any]:
    schema = schemathesis.openapi.from_url(f"{live.base_url}/api/openapi.json")
    found = [result.ok() for result in schema.get_all_operations()]
    assert _LEFT_OUT.keys() <= {one.label for one in found}
    return [one for one in found if one.label not in _LEFT_OUT]


def _ask(live: Live, operation: Any, ids: list[str], count: Counter[int]) -> Callable[[], None]:
    """A hypothesis test of one operation."""

    allowed = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    has_parameters = bool(operation.body or operation.query or operation.path_parameters)
    forbidden = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE) if has_parameters else allowed

    @_SETTINGS
    @given(case=st.one_of(allowed, forbidden), known=st.sampled_from([None, *ids]))
    def run(case: Any, known: str | None) -> None:
        if known and case.path_parameters:
            case.path_parameters = {
                name: known if name.endswith("id") else value for name, value in case.path_parameters.items()
            }
        answer = case.call(
            base_url=live.base_url,
            headers={"Authorization": f"Bearer {live.tokens['ada']}"},
            timeout=PATIENCE_S,
        )
        count[answer.status_code] += 1
        case.validate_response(answer, checks=_CHECKS)
        if answer.status_code >= 400:
            assert isinstance(answer.json()["error"], str), answer.text

    return run


def test_every_operation_keeps_to_its_description(live: Live, ids: list[str]) -> None:
    operations = _operations(live)
    assert len(operations) > 150, "the document has them all"
    count: Counter[int] = Counter()
    wrong = []
    for operation in operations:
        try:
            _ask(live, operation, ids, count)()
        except (Exception, BaseExceptionGroup) as error:  # all of them are told at once
            wrong.append(f"{operation.label}: {error}")
    print(f"{len(operations)} operations, {count.total()} cases: {dict(sorted(count.items()))}")
    assert not wrong, "\n\n".join(wrong)
