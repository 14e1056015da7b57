"""The compiled form of all rules: the conditions of each on an incoming post, found by its words, hosts and hashes. Pure."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from activities.posts.activitypub.post_document import PostDocument
from activities.previews.services import links_of
from activities.shelter.models import ShelterAction, ShelterMode, ShelterRule
from activities.shelter.text import Phrase, PhraseIndex, parse_phrase, spaced_words
from core.ids import time_of
from core.texts.html import to_text
from federation.peers import host_of
from users.identities.models import Identity

_HOUR = dt.timedelta(hours=1)
_MAX_LINKS = 200  # of a post; the others are not compared


@dataclass
class Incoming:
    """An incoming post as the conditions see it. Each part is computed when the first rule needs it."""

    author: Identity
    document: PostDocument
    now: dt.datetime

    @cached_property
    def words(self) -> str:
        said = self.document
        options = (option["title"] for option in (said.question or {}).get("options", ()))
        captions = (one.description for one in said.attachments)
        return spaced_words(
            "\n".join((said.title, said.summary, to_text(said.content_html), *options, *captions))
        )

    @cached_property
    def link_hosts(self) -> frozenset[str]:
        """The hosts of links, and the domains above them."""
        links = (url for url, _ in zip(links_of(self.document.content_html), range(_MAX_LINKS), strict=False))
        return frozenset(above for url in links for above in _and_above(host_of(url)))

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The hosts of the author's handle and id, and the domains above them."""
        named = (self.author.host, host_of(self.author.uri))
        return frozenset(above for host in named for above in _and_above(host))

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """The ids of the actors that it mentions or addresses."""
        return frozenset((*self.document.addressed, *(one.href for one in self.document.mentions)))

    @cached_property
    def blurhashes(self) -> frozenset[str]:
        return frozenset(one.blurhash for one in self.document.attachments if one.blurhash)

    @cached_property
    def hashes(self) -> frozenset[str]:
        """The SHA-256 of attached files, as far as they are known."""
        return frozenset(one.sha256 for one in self.document.attachments if one.sha256)

    @cached_property
    def languages(self) -> frozenset[str]:
        code = (self.document.language or "").lower()
        return frozenset((code, code.partition("-")[0])) - {""}


def _and_above(host: str) -> Iterator[str]:
    host = host.lower().partition(":")[0]
    while host:
        yield host
        host = host.partition(".")[2]


class Term:
    """A rule with its values as sets."""

    def __init__(self, rule: ShelterRule) -> None:
        self.id = rule.pk
        self.name: str = rule.name
        self.action = ShelterAction(rule.action)
        self.is_active = rule.mode == ShelterMode.active
        self.phrases = [one for typed in rule.phrases if (one := parse_phrase(typed))]
        self.link_hosts = frozenset(rule.link_hosts)
        self.hosts = frozenset(rule.hosts)
        self.software = frozenset(one.lower() for one in rule.software)
        self.languages = frozenset(one.lower() for one in rule.languages)
        self.blurhashes = frozenset(rule.blurhashes)
        self.hashes = frozenset(rule.hashes)
        self.min_mentions: int = rule.min_mentions or 0
        self.min_strangers: int = rule.min_strangers or 0
        self.younger_than = _hours(rule.younger_than_h)
        self.known_less_than = _hours(rule.known_less_than_h)

    def is_met(self, post: Incoming) -> bool:
        """Return whether the post meets the conditions other than phrases, and those that need a query."""
        return (
            (not self.link_hosts or not self.link_hosts.isdisjoint(post.link_hosts))
            and (not self.hosts or not self.hosts.isdisjoint(post.hosts))
            and (not self.languages or not self.languages.isdisjoint(post.languages))
            and (not self.blurhashes or not self.blurhashes.isdisjoint(post.blurhashes))
            and (not self.hashes or not self.hashes.isdisjoint(post.hashes))
            and len(post.mentioned) >= max(self.min_mentions, self.min_strangers)
            and (self.younger_than is None or post.author.created_at > post.now - self.younger_than)
            and (self.known_less_than is None or time_of(post.author.pk) > post.now - self.known_less_than)
        )


def _hours(count: int | None) -> dt.timedelta | None:
    return None if count is None else count * _HOUR


class Terms:
    """All rules that are not off, by the condition that fewest posts meet."""

    def __init__(self, rules: Iterable[ShelterRule] = ()) -> None:
        phrases: dict[Phrase, list[Term]] = defaultdict(list)
        by_link: dict[str, list[Term]] = defaultdict(list)
        by_host: dict[str, list[Term]] = defaultdict(list)
        by_hash: dict[str, list[Term]] = defaultdict(list)
        self._others: list[Term] = []
        hashes: set[str] = set()
        self.count = 0
        for term in map(Term, rules):
            self.count += 1
            hashes |= term.hashes
            for phrase in term.phrases:
                phrases[phrase].append(term)
            if not term.phrases:
                for kept, values in (
                    (by_hash, term.hashes),
                    (by_link, term.link_hosts),
                    (by_host, term.hosts),
                ):
                    for value in values:
                        kept[value].append(term)
                    if values:
                        break
                else:
                    self._others.append(term)
        self._phrases = PhraseIndex(phrases) if phrases else None
        self._by_link, self._by_host, self._by_hash = by_link, by_host, by_hash
        self.hashes = frozenset(hashes)

    def met_by(self, post: Incoming) -> list[Term]:
        """Return the rules whose conditions the post meets, except those that need a query."""
        found: dict[Term, None] = {}
        if self._phrases is not None:
            found |= dict.fromkeys(self._phrases.find(post.words))
        found |= _under(self._by_hash, post, "hashes") | _under(self._by_link, post, "link_hosts")
        found |= _under(self._by_host, post, "hosts")
        return [term for term in (*found, *self._others) if term.is_met(post)]


def _under(kept: Mapping[str, list[Term]], post: Incoming, name: str) -> dict[Term, None]:
    if not kept:
        return {}
    return {term: None for value in kept.keys() & getattr(post, name) for term in kept[value]}
