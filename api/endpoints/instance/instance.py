"""The server's description, peers, activity and emoji (docs.joinmastodon.org/methods/instance, custom_emojis)."""

import datetime as dt
from typing import Annotated

import msgspec

from activities.translations import services as translations
from activities.trends import queries as domain_activity
from api.entities.account import account
from api.entities.custom_emoji import CustomEmoji, own_emoji
from api.entities.instance import (
    AccountLimits,
    Configuration,
    Contact,
    ExtendedDescription,
    FeedAccess,
    Instance,
    InstanceActivity,
    InstanceIcon,
    PollLimits,
    Registrations,
    StatusLimits,
    Thumbnail,
    TimelinesAccess,
    TranslationSupport,
    Urls,
    Usage,
    UsageUsers,
    Vapid,
)
from api.entities.rule import Rule, rules_of
from api.entities.times import timestamp
from api.entities.v1_instance import Configuration as V1Configuration
from api.entities.v1_instance import Stats, V1Instance
from api.entities.v1_instance import Urls as V1Urls
from api.parameters import Length, Limit
from api.push.vapid import push_key
from api.routing import Call, endpoint
from api.services import statistics
from api.services.statistics import InstanceStats
from api.version import API_VERSION, SOURCE_URL, VERSION
from core import clock
from core.media.limits import DOMAIN_ICON_SIZE
from core.media.locations import url_of
from core.pages.addresses import path_to
from core.texts.html import to_text
from federation.peers import is_allowlist_mode
from users.domains import options
from users.domains import queries as domain_texts
from users.domains.limits import limits_in
from users.domains.models import Domain, DomainTextKind, SignUpMode
from users.emojis.queries import emojis_of
from users.identities.queries.profiles import load_profiles

_MEMBERS = FeedAccess("authenticated", "authenticated")


async def _contact(call: Call, stats: InstanceStats) -> Contact:
    profiles = await load_profiles([stats.contact_id]) if stats.contact_id else {}
    profile = profiles.get(stats.contact_id or 0)
    return Contact(call.domain.contact_email, account(profile, call.domain) if profile else None)


def _streaming_url(call: Call) -> str:
    return call.domain.base_url.replace("http", "ws", 1)


async def _urls(call: Call) -> Urls:
    """Return the URLs of existing pages, those of long texts only if published."""
    base, written = call.domain.base_url, await domain_texts.current_kinds(call.domain)
    return Urls(
        streaming=_streaming_url(call),
        about=base + path_to("about"),
        privacy_policy=base + path_to("privacy-policy") if DomainTextKind.privacy_policy in written else None,
        terms_of_service=base + path_to("terms-of-service")
        if DomainTextKind.terms_of_service in written
        else None,
    )


def _thumbnail(domain: Domain) -> str:
    """Return the URL of the domain's banner, or the default one."""
    if domain.banner_file:
        return url_of(domain.banner_file, domain.base_url)
    return f"{domain.base_url}/static/api/header.png"


def _icon(domain: Domain) -> InstanceIcon:
    if domain.icon_file:
        width, height = DOMAIN_ICON_SIZE
        return InstanceIcon(url_of(domain.icon_file, domain.base_url), f"{width}x{height}")
    return InstanceIcon(f"{domain.base_url}/static/api/avatar.png", "120x120")


_CLOSED: dict[str, str] = {
    SignUpMode.closed: "<p>New people can't sign up here at the moment.</p>",
    SignUpMode.invite: "<p>You can join with an invitation from a moderator.</p>",
}
"""Why nobody signs up: HTML that apps show in place of a form, in the language of the API's errors."""


@endpoint("GET", "/api/v2/instance")
async def instance(call: Call) -> Instance:
    domain = call.domain
    stats = await statistics.stats_of(domain)
    limits = limits_in(domain.limits)
    access = FeedAccess() if domain.shows_timelines else _MEMBERS
    return Instance(
        domain=domain.name,
        title=domain.title or domain.name,
        version=VERSION,
        source_url=SOURCE_URL,
        description=domain.description,
        usage=Usage(UsageUsers(stats.active_people)),
        thumbnail=Thumbnail(_thumbnail(domain)),
        icon=[_icon(domain)],
        languages=[await options.get(options.LANGUAGE, domain=call.domain.pk)],
        configuration=Configuration(
            urls=await _urls(call),
            vapid=Vapid(await push_key()),
            timelines_access=TimelinesAccess(access, access, access if domain.shows_trends else _MEMBERS),
            accounts=AccountLimits(max_note_length=limits.bio, max_profile_fields=limits.fields),
            statuses=StatusLimits(limits.characters, limits.files),
            polls=PollLimits(limits.poll_options),
            translation=TranslationSupport(translations.is_enabled()),
            limited_federation=domain.is_local_only or await is_allowlist_mode(),
        ),
        registrations=Registrations(
            enabled=domain.takes_sign_ups,
            approval_required=domain.sign_up_mode == SignUpMode.approval,
            reason_required=domain.sign_up_mode == SignUpMode.approval,
            message=_CLOSED.get(domain.sign_up_mode),
            min_age=await options.get(options.MINIMUM_AGE, domain=domain.pk) or None,
            reason_question=(await options.get(options.SIGN_UP_QUESTION, domain=domain.pk) or None)
            if domain.sign_up_mode == SignUpMode.approval
            else None,
        ),
        api_versions={"mastodon": API_VERSION},
        contact=await _contact(call, stats),
        rules=rules_of(domain.rules),
    )


@endpoint("GET", "/api/v1/instance")
async def v1_instance(call: Call) -> V1Instance:
    domain = call.domain
    stats = await statistics.stats_of(domain)
    contact = await _contact(call, stats)
    limits = limits_in(domain.limits)
    return V1Instance(
        uri=domain.name,
        title=domain.title or domain.name,
        short_description=to_text(domain.description),
        description=domain.description,
        email=domain.contact_email,
        version=VERSION,
        urls=V1Urls(_streaming_url(call)),
        stats=Stats(stats.people, stats.posts, stats.peers),
        thumbnail=_thumbnail(domain),
        languages=[await options.get(options.LANGUAGE, domain=call.domain.pk)],
        registrations=domain.takes_sign_ups,
        approval_required=domain.sign_up_mode == SignUpMode.approval,
        invites_enabled=domain.sign_up_mode == SignUpMode.invite,
        configuration=V1Configuration(
            statuses=StatusLimits(limits.characters, limits.files), polls=PollLimits(limits.poll_options)
        ),
        contact_account=contact.account,
        rules=rules_of(domain.rules),
    )


@endpoint("GET", "/api/v1/instance/rules")
async def rules(call: Call) -> list[Rule]:
    return rules_of(call.domain.rules)


@endpoint("GET", "/api/v1/instance/peers")
async def peers(call: Call) -> list[str]:
    """Return the hosts of other known servers."""
    return await statistics.peers()


class PeersAsked(msgspec.Struct):
    q: Annotated[str, Length(255)] = ""
    limit: Annotated[int, Limit(10, 20)] = 10


@endpoint("GET", "/api/v1/peers/search")
async def search_peers(call: Call, asked: PeersAsked) -> list[str]:
    """Return known hosts that begin with `q`, for autocompletion."""
    return await statistics.peers_with_prefix(asked.q, limit=asked.limit)


@endpoint("GET", "/api/v1/instance/activity")
async def activity(call: Call) -> list[InstanceActivity]:
    """Return the last twelve weeks, the current one first. `logins` counts users who were active in the week, as last counted by the worker."""
    first = domain_activity.monday(clock.now())
    weeks = [first - dt.timedelta(weeks=number) for number in range(12)]
    counted = await domain_activity.weeks(call.domain, weeks)
    return [
        InstanceActivity(str(int(week.timestamp())), *(str(number) for number in numbers))
        for week, numbers in zip(weeks, counted, strict=True)
    ]


@endpoint("GET", "/api/v1/instance/extended_description")
async def extended_description(call: Call) -> ExtendedDescription:
    """Return the long description of the server, by default the short one with `updated_at` null."""
    text = await domain_texts.current_text(call.domain, DomainTextKind.extended_description)
    if text is None:
        return ExtendedDescription(None, call.domain.description)
    return ExtendedDescription(timestamp(text.published_at), text.content)


@endpoint("GET", "/api/v1/custom_emojis")
async def emojis(call: Call) -> list[CustomEmoji]:
    """Return the emoji available on this domain, by category. Cached for some seconds and served with an ETag."""
    return [own_emoji(one, call.domain) for one in await emojis_of(call.domain)]
