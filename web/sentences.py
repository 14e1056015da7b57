"""Say on a page why something was refused. Services speak Mastodon's words, because apps compare them; people get plain English."""

import re

from django import forms

from core.errors import Problem

PREFIX = "Validation failed: "
USERNAME_HINT = "Letters from a to z, digits and underscores. It can't be changed later."
PASSWORD_HINT = "At least eight characters. A few unrelated words work well."  # noqa: S105 - a sentence

# What a service says, whole and without its prefix, and what the page says; {names} are taken over from the first.
_PLAIN = {
    "Record not found": "It doesn't exist, or you don't have permission to see it.",
    "Too many requests": "That was too much at once. Wait a few minutes and try again.",
    # a post
    "Media attachment is not yours, or in use": "A file you chose is no longer available. Choose it again.",
    "Scheduled at The scheduled date must be in the future": "Choose a time at least five minutes from now.",
    "You have exceeded the limit of {most} scheduled posts": "You can have at most {most} scheduled posts.",
    "You have exceeded the limit of {most} scheduled posts for that day": "You can have at most {most} scheduled posts for one"
    " day. Choose another day.",
}


# literal, name, literal, name … literal
_PLAIN_BY_PIECES = [
    (re.split(r"\{(\w+)\}", words.removeprefix(PREFIX)), plain) for words, plain in _PLAIN.items()
]


def _facts(pieces: list[str], words: str) -> dict[str, str] | None:
    """Return what stands at each name of a sentence, None when these are other words. Linear: words may hold what somebody sent."""
    begin, *rest = pieces
    if not rest:
        return {} if words == begin else None
    if not (words.startswith(begin) and words.endswith(rest[-1])):
        return None
    facts = {}
    place, last = len(begin), len(words) - len(rest[-1])
    for name, literal in zip(rest[:-2:2], rest[1:-1:2], strict=True):
        end = words.find(literal, place + 1, last)
        if end < 0:
            return None
        facts[name], place = words[place:end], end + len(literal)
    return facts | {rest[-2]: words[place:last]} if place < last else None


def plain_words(sentence: str) -> str:
    """Return a service's sentence as a page says it. One that is not Mastodon's stays as it is."""
    words = sentence.removeprefix(PREFIX)
    for pieces, plain in _PLAIN_BY_PIECES:
        if (facts := _facts(pieces, words)) is not None:
            return plain.format(**facts)
    return words if words.endswith((".", "!", "?")) else f"{words}."


def why(problem: Problem) -> str:
    """Return why something was refused, for people."""
    return plain_words(problem.sentence)


def refuse(form: forms.Form, problem: Problem, *, otherwise: str | None = None) -> None:
    """Say in a form why something was refused: at the field that is wrong, else at the field `otherwise` or above them all."""
    form.add_error(problem.field if problem.field in form.fields else otherwise, why(problem))
