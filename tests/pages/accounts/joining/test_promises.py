"""Promises of the page to join: they are what happens afterwards."""

import pytest

from core.config import config
from tests.pages.conftest import Site
from users.domains import services as domains

pytestmark = pytest.mark.anyio


async def test_no_e_mail_is_promised_without_a_mail_server(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for mode, promise in (("open", "send you an e-mail"), ("approval", "be told by e-mail")):
        await domains.edit_domain(domain=site.domain, sign_up_mode=mode)
        for url, is_printed in (("console:", True), ("smtp://mail.test", False)):
            monkeypatch.setattr(config(), "mail_url", url)
            page = (await site.nobody.get("/sign-up")).text
            assert ("has no mail server" in page) is is_printed, (mode, url)
            assert (promise in page) is not is_printed, (mode, url)
