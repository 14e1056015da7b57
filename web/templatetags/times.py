"""Times and dates, each in a `<time>` element: in UTC until a script converts them to the reader's zone (static/js/site/times.js)."""

import datetime as dt

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import clock
from core.languages import day_words, short_day_words

register = template.Library()

_RECENT = dt.timedelta(days=7)
_MINUTE = dt.timedelta(minutes=1)


def in_utc(when: dt.datetime) -> str:
    """Return the full date and time as text."""
    return _("{day}, {time} UTC").format(day=day_words(when), time=f"{when:%H:%M}")


def for_machines(when: dt.datetime) -> str:
    """Return a time in UTC as ISO 8601."""
    return f"{when.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


@register.simple_tag
def moment(when: dt.datetime | None, ending: str = "", css: str = "") -> SafeString:
    """Return how long ago something was, with the full time for machines and on hover; "never" for None. `ending` = "ago" makes it
    part of a sentence.
    """
    if when is None:
        return format_html('<span class="soft">{}</span>', _("never"))
    age = clock.now() - when
    words = ago(when)
    if ending and age < _RECENT:
        words = _("{time} ago").format(time=words) if age >= _MINUTE else _("just now")
    return format_html(
        '<time{} datetime="{}" title="{}"{}>{}</time>',
        format_html(' class="{}"', css) if css else "",
        for_machines(when),
        in_utc(when),
        SafeString("" if age < _RECENT else ' data-shape="day"'),
        words,
    )


@register.simple_tag
def utc_time(when: dt.datetime, shape: str = "full", css: str = "") -> SafeString:
    """Return a point in time, labelled as UTC; a script converts it to the viewer's time zone. Shapes: "full", "day", "clock"."""
    return format_html(
        '<time{} datetime="{}" data-shape="{}">{}</time>',
        format_html(' class="{}"', css) if css else "",
        for_machines(when),
        shape,
        _in_shape(when, shape),
    )


@register.simple_tag
def notice_text(text: str, when: dt.datetime | None) -> str:
    """Return the text of a notice, with its time in the place of "{when}"."""
    if not when:
        return text
    before, _mark, after = text.partition("{when}")
    return format_html("{}{}{}", before, utc_time(when), after)


@register.simple_tag
def time_left(when: dt.datetime) -> SafeString:
    """Return the remaining time, with the full end time for machines and on hover."""
    left = when - clock.now()
    minutes = max(0, round(left / _MINUTE))
    if minutes < 1:
        words = _("less than a minute left")
    elif minutes < 90:
        words = ngettext("{count} minute left", "{count} minutes left", minutes).format(count=minutes)
    elif (hours := round(minutes / 60)) < 36:
        words = ngettext("{count} hour left", "{count} hours left", hours).format(count=hours)
    else:
        days = round(hours / 24)
        words = ngettext("{count} day left", "{count} days left", days).format(count=days)
    return format_html('<time datetime="{}" title="{}">{}</time>', for_machines(when), in_utc(when), words)


def _in_shape(when: dt.datetime, shape: str) -> str:
    if shape == "day":
        return day_words(when)
    return f"{when:%H:%M} UTC" if shape == "clock" else in_utc(when)


@register.simple_tag
def zone_typed() -> SafeString:
    """Return the zone of a time to be entered, and the current time in it, for comparison; static/js/writing/moments.js writes the reader's zone."""
    return format_html(
        '<span class="soft optional" data-zone>{}</span>',
        _("(UTC, where it is {time} now)").format(time=f"{clock.now():%H:%M}"),
    )


@register.simple_tag
def calendar_day(day: dt.date) -> SafeString:
    """Return a calendar day, which is the same in every zone: no script changes it."""
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), day_words(day))


@register.simple_tag
def edited(when: dt.datetime) -> SafeString:
    """Return a label that a post was edited, with the time on hover."""
    return format_html(
        '<time datetime="{}" data-before="{}" title="{}">{}</time>',
        for_machines(when),
        _("Edited {time}"),
        _("Edited {time}").format(time=in_utc(when)),
        _("(edited)"),
    )


@register.filter
def ago(when: dt.datetime) -> str:
    """Return `now`, `5 min`, `3 h`, `6 d`, then a date."""
    seconds = (clock.now() - when).total_seconds()
    if seconds < 60:
        return _("now")
    if seconds < 3600:
        return _("{count} min").format(count=int(seconds // 60))
    if seconds < 86400:
        return _("{count} h").format(count=int(seconds // 3600))
    if seconds < _RECENT.total_seconds():
        return _("{count} d").format(count=int(seconds // 86400))
    return short_day_words(when, with_year=when.year != clock.now().year)
