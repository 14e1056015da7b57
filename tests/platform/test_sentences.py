"""tools/sentences keeps each sentence of the docs on a line of its own, and leaves tables, code and headings alone."""

import subprocess
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

import pytest

from tests.support.servers import ROOT

_TOOL = ROOT / "tools/sentences"
_loader = SourceFileLoader("sentences", str(_TOOL))
_spec = spec_from_loader("sentences", _loader)
assert _spec
sentences = module_from_spec(_spec)
_loader.exec_module(sentences)


def test_the_docs_have_a_sentence_a_line() -> None:
    done = subprocess.run([_TOOL, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run tools/sentences; it would change:\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("One. Two\nends here.\n", "One.\nTwo ends here.\n"),
        ("- One. Two.\n  Three.\n- Four.\n", "- One.\n  Two.\n  Three.\n- Four.\n"),
        ("1. One. *Two*.\n\n       code. Code.\n", "1. One.\n   *Two*.\n\n       code. Code.\n"),
        ("One. `two` is code. [Three](x) is a link.\n", "One.\n`two` is code.\n[Three](x) is a link.\n"),
        ("**Choice.** One. Two.\n", "**Choice.** One.\nTwo.\n"),
        ("A word, e.g. This (One. Two.) is `a. B` and [a. B](c). End.\n", "A word, e.g. This (One. Two.) is `a. B` and [a. B](c).\nEnd.\n"),
    ],
)  # fmt: skip
def test_paragraphs_and_items_are_split(written: str, wanted: str) -> None:
    assert sentences.rewritten(written) == wanted
    assert sentences.rewritten(wanted) == wanted


@pytest.mark.parametrize(
    "kept",
    [
        "# One. Two\n",
        "| One. Two | Three. Four |\n",
        "```\nOne. Two\n  Three. Four\n```\n",
        "Words:\n\n    one. Two\n    three. Four\n",
        "> One. Two\n",
        "<!-- One. Two -->\n",
        "Version 1.2 of a.example is e.g. this.\n",
    ],
)
def test_other_line_breaks_are_kept(kept: str) -> None:
    assert sentences.rewritten(kept) == kept
