"""Whitespace of templates after loading."""

import pytest
from django.template.loader import get_template

from core.pages.compact import compact
from users.domains.models import Domain


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("<p>\n    One\n    sentence.\n</p>\n", "<p>One sentence.</p>"),
        (
            '<button\n  class="quiet"\n  name="a"\n>\n  Go\n</button>',
            '<button class="quiet" name="a">Go</button>',
        ),
        ('<b\n  a\n  {% if x %}b="{{ x }}"{% endif %}\n>', '<b a{% if x %} b="{{ x }}"{% endif %}>'),
        ('<b class="a {% if x %}b{% endif %}c {% if x %}d{% else %}e{% endif %}">',) * 2,
        ("<b>1</b>\n  follower", "<b>1</b> follower"),
        ("<a>x</a>\n  <a>y</a>", "<a>x</a>\n<a>y</a>"),
        ("<p>x</p>\n<i>y</i>\n<p>z</p>\n{% if a %}\n<p>", "<p>x</p><i>y</i><p>z</p>{% if a %}<p>"),
        ("<a>x</a><a\n>y</a>", "<a>x</a><a>y</a>"),
        ("<dt>\n  x\n</dt>\n<dd>y</dd>\n", "<dt>x</dt><dd>y</dd>\n"),
        ("<button>x</button>\n  <button>y</button>", "<button>x</button>\n<button>y</button>"),
        ("{% if a %}\n  <i>x</i>\n{% endif %}", "{% if a %}\n<i>x</i>\n{% endif %}"),
        (
            "<i>x</i>\n{% a_tag b as c %}\n  {% a_tag as d %}\n<i>y</i>",
            "<i>x</i>\n{% a_tag b as c %}{% a_tag as d %}<i>y</i>",
        ),
        ("<i>x</i>{% a_tag as c %}\n<i>y</i>", "<i>x</i>{% a_tag as c %}\n<i>y</i>"),
        ("<div>\n  <pre>\n  kept\n</pre>\n</div>", "<div><pre>\n  kept\n</pre></div>"),
        ("<script>\n  // one\n  go()\n</script>\n  <p>", "<script>\n  // one\n  go()\n</script><p>"),
        ("<TEXTAREA>\n a\n</TEXTAREA>", "<TEXTAREA>\n a\n</TEXTAREA>"),
        ("<textarea>\n a\n</textarea>\n  <p>\n", "<textarea>\n a\n</textarea><p>"),
    ],
)
def test_whitespace_that_is_seen_stays(source: str, left: str) -> None:
    assert compact(source) == left


def test_mails_in_plain_text_keep_their_lines() -> None:
    assert "\n\n" in get_template("mail/letter.txt").render({"domain": Domain(name="a.test")})
