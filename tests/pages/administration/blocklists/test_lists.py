"""Blocklists on their pages: who gets them, and what is in them."""

import pytest

from federation.models import Peer, Policy
from tests.pages.conftest import Site

pytestmark = pytest.mark.anyio

HEAD = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate"


async def test_an_export_has_the_policies_and_notes_only_when_asked(site: Site) -> None:
    for host, policy, more in (
        ("bad.example", Policy.blocked, {"policy_note": "=cmd|' /C calc'!A0"}),
        ("good.example", Policy.allowed, {}),
        ("loud.example", Policy.open, {"reject_media": True, "reject_reports": True}),
        ("plain.example", Policy.open, {}),
        ("quiet.example", Policy.limited, {}),
        ("*", Policy.blocked, {}),
    ):
        await Peer.objects.acreate(host=host, policy=policy, **more)
    answer = await site.admin.get("/admin/peers/blocked.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="blocked_servers.csv"'
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.text.splitlines() == [
        HEAD,
        "bad.example,suspend,false,false,,false",
        "loud.example,noop,true,true,,false",
        "quiet.example,silence,false,false,,false",
    ]
    with_notes = (await site.admin.get("/admin/peers/blocked.csv?notes=yes")).text
    assert "bad.example,suspend,false,false,'=cmd|' /C calc'!A0,false" in with_notes
    assert (await site.admin.get("/admin/peers/allowed.csv")).text == "#domain\ngood.example\n"
    assert (await site.admin.get("/admin/peers/other.csv")).status_code == 404
    page = (await site.admin.get("/admin/peers")).text
    for path in (
        "/admin/peers/blocked.csv",
        "/admin/peers/blocked.csv?notes=yes",
        "/admin/peers/allowed.csv",
    ):
        assert f'href="{path}"' in page


async def test_who_may_not_federate_gets_no_list(site: Site) -> None:
    for visitor in (site.nobody, site.member):
        assert (await visitor.get("/admin/peers/blocked.csv")).status_code in {302, 303, 404}
