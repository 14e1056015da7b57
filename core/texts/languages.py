"""Language codes: those that posts may have, and those that browsers accept as a `lang` attribute."""

import re

from core.texts.short_cache import cached_if_short

# ISO 639-1, and the longer ones that Mastodon has in its list. Apps offer these and show no other.
_LIST = """aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et
    eu fa ff fi fj fo fr fy ga gd gl gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn
    ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os
    pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty
    ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    ast chr ckb cnr csb gsw jbo kab ldn lfn moh nds pdc sco sma smj szl tok vai xal zba zgh"""
_CODES = frozenset(_LIST.split())
_REGIONAL = {code.lower(): code for code in ("zh-CN", "zh-HK", "zh-TW", "zh-YUE")}
# unicode_language_id of UTS 35, which Intl.Locale throws at when it is not met
_TAG = re.compile(
    r"([a-z]{2,3}|[a-z]{5,8})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?((?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)",
    re.IGNORECASE | re.ASCII,
)


def known_language(tag: str | None) -> str | None:
    """Return the code that Mastodon would store for `tag`: `en` for `en_US`, `zh-TW` for itself. None if it is unknown."""
    parts = (tag or "").strip().replace("_", "-").lower()
    language = parts.partition("-")[0]
    return _REGIONAL.get(parts) or (language if language in _CODES else None)


@cached_if_short(longest=100, maxsize=1000)
def normal_language(tag: str) -> str | None:
    """Return the tag in a form that every browser accepts, for remote posts; None if it is no valid language."""
    tag = tag.replace("_", "-")
    if tag.lower() in _REGIONAL:
        return _REGIONAL[tag.lower()]
    match = _TAG.fullmatch(tag)
    if match is None:
        language = tag.partition("-")[0].lower()
        return language if language in _CODES else None
    language, script, region, variants = match.groups()
    shape = [
        language.lower(),
        (script or "").title(),
        (region or "").upper(),
        (variants or "").lower().strip("-"),
    ]
    return "-".join(part for part in shape if part)
