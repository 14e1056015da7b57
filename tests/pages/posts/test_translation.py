"""Pages show posts in the reader's language, by the service that the operator names."""

import pytest

from tests.activities import people as rows
from tests.api.translation.test_translation import Service
from tests.api.translation.test_translation import service as service
from tests.pages.conftest import Site
from users.identities.models import Identity

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}


async def test_pages_show_a_translation(site: Site, service: Service) -> None:
    member, far = site.member, await rows.make_remote("rob")
    await Identity.objects.filter(pk=member.me.pk).aupdate(default_language="de")
    post = await rows.make_post(far, content="<p>bonjour</p>", content_warning="quoi", language="fr")
    link = f"/posts/{post.pk}/translation"
    assert f'href="{link}"' in (await member.get(f"/posts/{post.pk}/menu", headers=PAGE)).text
    page = await member.get(link, headers=PAGE)
    assert page.status_code == 200
    for words in ("<p>BONJOUR</p>", "QUOI", "from French", "into German by LibreTranslate"):
        assert words in page.text
    assert (await site.nobody.get(link, headers=PAGE)).status_code == 303
    service.broken = 500
    other = await rows.make_post(far, content="<p>salut</p>", language="fr")
    failed = await member.get(f"/posts/{other.pk}/translation", headers=PAGE)
    assert failed.status_code == 503
    assert "The translation service did not answer as it should." in failed.text
    german = await rows.make_post(far, content="<p>hallo</p>", language="de")
    assert "/translation" not in (await member.get(f"/posts/{german.pk}/menu", headers=PAGE)).text
