"""`python -m tests.pages.browser.walk.rows` gives a running test server one row of each thing that has a page and that the seed leaves out. Their
ids are ROW, so that their addresses are known.
"""

import asyncio

from tests.pages.seed import UNCONFIRMED_ID

ROW = UNCONFIRMED_ID


async def _fill() -> None:
    from activities.conversations.services import update_conversations
    from activities.posts.models import Post, Visibility
    from activities.shelter.models import ShelterRule
    from core import clock
    from core.db import own_connection
    from federation.models import DomainPolicy, Relay
    from tests.activities import people as rows
    from users.access_rules.models import IpBlock
    from users.blocklists.models import Blocklist, Subscription
    from users.domains.models import Domain, DomainText, Rule
    from users.emojis.models import Emoji, EmojiPack
    from users.identities.models import Identity
    from users.logins.models import User
    from users.moderation.models import AccountWarning
    from users.moves.models import Move
    from users.sign_in_providers.models import SignInProvider

    async with own_connection():
        domain = await Domain.objects.aget()
        user = await User.objects.aget(email="ana@example.com")
        ana = await Identity.objects.aget(username="ana", domain=domain)
        fan = await Identity.objects.aget(username="fan", host="far.test")
        address = "https://relay.test/inbox"
        await Rule.objects.acreate(pk=ROW, domain=domain, number=1, place=1, text="Be kind", hint="Always")
        await DomainPolicy.objects.acreate(pk=ROW, domain=domain, host="bad.test", policy="limited")
        await SignInProvider.objects.acreate(pk=ROW, domain=domain, name="House")
        await IpBlock.objects.acreate(pk=ROW, network="192.0.2.0/24", severity="sign_up_block")
        await Emoji.objects.acreate(pk=ROW, shortcode="heron", file="a.png", updated_at=clock.now())
        await EmojiPack.objects.acreate(pk=ROW, name="Birds", raw_file="x.zip", state="ready")
        await Relay.objects.acreate(
            pk=ROW,
            address=address,
            inbox_url=address,
            follow_uri=address,
            dialect="inbox",
            most_per_minute=9,
        )
        await ShelterRule.objects.acreate(
            pk=ROW, name="Pills", action="hold", mode="trial", phrases=["pills"]
        )
        await Blocklist.objects.acreate(pk=ROW, name="A list", user_id=user.pk)
        await Subscription.objects.acreate(
            pk=ROW, address="https://lists.test/", name="Lists", state="shown", state_due_at=None
        )
        await AccountWarning.objects.acreate(pk=ROW, identity=ana, action="none", text="Please stop.")
        await Move.objects.acreate(pk=ROW, source=ana, target=fan, state="undone", state_due_at=None)
        for kind in ("privacy_policy", "terms_of_service"):
            await DomainText.objects.acreate(
                domain=domain,
                kind=kind,
                content="<h2>What we keep</h2><p>Little.</p>",
                effective_on=clock.now().date(),
                published_at=clock.now(),
            )
        private = await rows.make_post(
            fan, Visibility.mentioned, mentions=(ana,), content="<p>Between us.</p>"
        )
        await update_conversations([private.pk])
        await Post.objects.filter(pk=private.pk).aupdate(state="fanned_out", state_due_at=None)


if __name__ == "__main__":
    import django

    django.setup()
    asyncio.run(_fill())
