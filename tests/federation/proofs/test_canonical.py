"""The canonical form of JSON. The facts about numbers and the order of keys are those of RFC 8785, appendix B and section 3.2.3."""

import struct

import hypothesis
import pytest
from hypothesis import strategies as st

from core.http.json import decode
from federation.proofs.canonical import NotCanonical, canonical

_NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.parametrize(("bits", "written"), _NUMBERS.items())
def test_numbers_are_written_as_in_javascript(bits: str, written: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical(value).decode() == written


def test_keys_are_sorted_by_their_utf16_code_units() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\x80", "\u00f6"]
    text = canonical(dict.fromkeys(keys, 0)).decode()
    assert list(decode(text.encode())) == ["\r", "1", "\x80", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_texts_keep_all_but_what_must_be_escaped() -> None:
    assert (
        canonical('\u20ac$\x0f\nA\'B"\\"/\u2028\x7f').decode()
        == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\"/\u2028\x7f"'
    )
    assert canonical({"b": [1, 1.0, True, None, {}], "a": []}) == b'{"a":[],"b":[1,1,true,null,{}]}'


@pytest.mark.parametrize(
    "value", [2**53 + 1, float("nan"), float("inf"), "\ud800", {"\ud800": 1}, {1: 2}, b"x", {1}]
)
def test_ambiguous_json_has_no_canonical_form(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@pytest.mark.slow
@hypothesis.given(_VALUES)
@hypothesis.settings(max_examples=100)
def test_canonical_form_survives_a_round_trip(value: object) -> None:
    text = canonical(value)
    assert canonical(decode(text)) == text
