"""Outlines of the main pages as screen readers hear them, in this order. Other things may come between; `…` is any name."""

_NAME = "…"
_FRAME = ("link 'Skip to content'", "navigation 'Main'", "link 'Home'", "main ''")
_POST = ("article …", "link …", "link …", "link 'Reply'", "button 'Boost'", "button 'Like'", "button 'Bookmark'",
         "DisclosureTriangle 'More about this post'")  # fmt: skip
OUTLINES = {
    "/home": (*_FRAME, "heading1 'Home'", 'link "What\'s going on?"', *_POST, *_POST, "link 'Older posts'", "status ''"),
    "/compose": (
        _FRAME[0], "main ''", "heading1 'Write a post'", "textbox 'What do you want to say?'", "button 'Who can see it: Public'", "button …", "button …",
        "button 'Language: My default'", "DisclosureTriangle 'Pictures, video or audio'", "DisclosureTriangle 'Poll'",
        "DisclosureTriangle 'Content warning'", "button 'Emoji'", "button 'Save draft'", "button 'Post'", "status ''",
    ),
    "/@ana/N": (
        *_FRAME, "link 'Back'", "heading1 'Conversation'", "article …", "link …", "button …", "link 'Reply'", "button 'Boost'",
        "button 'Like'", "button 'Bookmark'", "DisclosureTriangle 'More about this post'", "textbox 'Your reply'",
        "link 'Pictures, audience and more'", "button 'Reply'", *_POST, "status ''",
    ),
    "/notifications": (
        *_FRAME, "heading1 'Notifications'", "navigation 'Kinds of notifications'", "link 'All'", "link 'Mentions'", "link 'Polls'",
        "navigation 'Waiting for your answer'", "link 'Follow requests'", "article …", *_POST, "article …",
        "button 'Accept @dana@ivrit.test'", "button 'Reject @dana@ivrit.test'", "article …", "button 'Follow @mallory@evil.test'", "status ''",
    ),
    "/@ana": (
        *_FRAME, "region 'ana'", "heading1 'ana'", "link …", "link …", "link …", "navigation 'Profile'", "link 'Posts'",
        "link 'Posts and replies'", "link 'Media'", "article …", "status ''",
    ),
    "/settings": (
        *_FRAME, "heading1 'Profile'", "textbox 'Display name (optional)'", "textbox 'About you (optional)'", "checkbox …", "button 'Save'",
        "status ''",
    ),
}  # fmt: skip


def missing(outline: list[str], wanted: tuple[str, ...]) -> str:
    """Return the first line that is wanted and doesn't come after those before it."""
    lines = iter(outline)
    for one in wanted:
        start = one.removesuffix(_NAME) if one.endswith(_NAME) else ""
        if not any(line == one or (start and line.startswith(start)) for line in lines):
            return one
    return ""
