"""The metrics, read by Prometheus's own parser: docs/run/monitoring.md, its alerts and its dashboard name those that are served."""

import json
import re
from pathlib import Path

import promql_parser
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.support.servers import ROOT, running_server
from tests.support.waiting import wait_until

GUIDE = ROOT / "docs/run/monitoring.md"
ALERTS, DASHBOARD = (GUIDE.parent / "monitoring" / name for name in ("alerts.yml", "dashboard.json"))
_PARTS = re.compile(r"_(bucket|sum|count)$")


def _named_in(path: Path) -> set[str]:
    return {_PARTS.sub("", name) for name in re.findall(r"\btakahe_[a-z_]+", path.read_text())}


def test_alerts_and_dashboard_are_understood() -> None:
    """By a parser of Prometheus's language."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    asked += re.findall(r"^ +expr: (.+)$", ALERTS.read_text(), re.MULTILINE)
    assert len(asked) > 25
    for one in asked:
        promql_parser.parse(one)


@pytest.mark.anyio
@pytest.mark.servers
async def test_metrics_are_what_the_guide_says(tmp_path: Path) -> None:
    async with running_server(env={"TAKAHE_BACKUP_DIR": str(tmp_path / "backups")}) as server:
        token = await server.set_up("ana")
        async with server.client(token) as ana:
            post = (await ana.post("/api/v1/statuses", json={"status": "Measured"})).json()
            assert (await ana.get(f"/api/v1/statuses/{post['id']}")).status_code == 200
            assert (await ana.get("/nothing/is/here")).status_code == 404
            assert (await ana.post("/inbox", json={})).status_code == 401
            found: list[Sample] = []

            async def is_measured() -> bool:
                text = (await ana.get("/metrics")).text
                found[:] = [one for family in text_string_to_metric_families(text) for one in family.samples]
                names = {one.name for one in found if one.labels.get("process") != "web"}
                return {"takahe_memory_bytes", "takahe_backup_bytes"} <= names

            await wait_until(is_measured)

    served = {_PARTS.sub("", one.name) for one in found}
    assert served == _named_in(GUIDE)
    for file in (ALERTS, DASHBOARD):
        assert "takahe_worker_up" in _named_in(file) <= served

    seen = {
        (one.labels["route"], one.labels["status"]) for one in found if one.name == "takahe_requests_total"
    }
    assert {
        ("/api/v1/statuses", "200"),
        ("/api/v1/statuses/<id>", "200"),
        ("none", "404"),
        ("/inbox", "401"),
    } <= seen
    memory = {
        (one.labels["process"], one.labels.get("worker")): one.value
        for one in found
        if one.name == "takahe_memory_bytes"
    }
    assert set(memory) == {("web", None), ("worker", "1")}
    assert min(memory.values()) > 20_000_000
