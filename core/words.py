"""Our words for the errors that services raise as data: for pages, the command line, peers and the log.

`api/words.py` has Mastodon's, which apps compare. Keys are `field.code`, or a code alone: for an error without a field, or for any field.
A translation is another table with the same keys. tests/platform/test_errors_as_data.py finds what is missing and what is unused.
"""

from collections.abc import Mapping

OURS: dict[str, str] = {
    # lists
    "title.blank": "Enter a title.",
    "title.too_long": "A title can have at most {most} characters.",
    "replies_policy.unknown": "Choose whose replies the list shows.",
    "lists.too_many": "You can have at most {most} lists. Delete another one first.",
    "account.already_in_list": "This person is in the list already.",
    # posts
    "text.blank": "Write something, or add a file or a poll.",
    "text.too_long": "This is too long: a post can have at most {most} characters.",
    "media.too_many": "A post can have at most {most} files.",
    "quote.with_files_or_poll": "A post that quotes another one can't have files or a poll.",
    # filters
    "context.blank": "Choose where the filter applies.",
    "title.blank_with_context": "Enter a title, and choose where the filter applies.",
    "keyword.blank": "Enter a word or phrase.",
    "keyword.too_long": "A word or phrase can have at most {most} characters.",
    "expires_in.invalid": "A filter can last at most {most} days.",
    "action.unknown": "Choose what the filter does.",
    "filters.too_many": "You can have at most {most} filters. Delete another one first.",
    "keywords.too_many": "A filter can have at most {most} words or phrases.",
    "posts.too_many": "A filter can have at most {most} posts.",
}


def lookup(words: Mapping[str, str], field: str, code: str, facts: Mapping[str, int | str]) -> str | None:
    """Return the sentence that a table has for an error."""
    text = words.get(f"{field}.{code}") or words.get(code)
    return text and text.format_map(facts)


def our_words(field: str, code: str, facts: Mapping[str, int | str]) -> str:
    """Return our sentence for an error; the code itself should it be missing."""
    return lookup(OURS, field, code, facts) or f"{field} {code}".strip().replace("_", " ").capitalize() + "."
