"""JSON from other servers: what is accepted is exactly what the standard parser reads, and the rest has a reason."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.http.json import MalformedJson, decode

REFUSED = {
    "empty": b"",
    "not JSON": b"hello",
    "two values": b"{} {}",
    "trailing comma": b"[1,]",
    "NaN": b'{"a": NaN}',
    "infinity": b"[Infinity]",
    "too large a number": b"[1e999]",
    "not UTF-8": b'{"a": "\xff"}',
    "a surrogate as bytes": b'{"a": "\xed\xa0\x80"}',
    "a lone high surrogate": b'{"a": "\\ud800 x"}',
    "a lone low surrogate": b'{"a": "\\udc00 x"}',
    "a surrogate in a key": b'{"\\ud800": 1}',
    "a NUL": b'{"a": "\\u0000"}',
    "a NUL after a backslash": b'{"a": "\\\\\\u0000"}',
    "a NUL in a key": b'{"\\u0000": 1}',
    "a raw NUL": b'{"a": "\x00"}',
    "a raw line break": b'{"a": "\n"}',
    "the same key twice": b'{"a": 1, "a": 2}',
    "the same key in two spellings": b'{"a": 1, "\\u0061": 2}',
    "the same key deep inside": b'[{"x": [{"type": "Note", "b:c": "d:e", "type": "Delete"}]}]',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "unfinished": b'{"a": "',
    "unbalanced": b"]" * 50 + b"[" * 50,
    "deep lists": b"[" * 41 + b"]" * 41,
    "deep objects": b'{"a":' * 41 + b"1" + b"}" * 41,
    "very deep": b"[" * 500_000,
    "wide": b"[" + b"[]," * 300_000 + b"[]]",
    "large": b'"' + b"x" * 1_000_000 + b'"',
    "an open string full of quotes": b'["' + b'\\"' * 400_000,
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_documents_are_refused_quickly(name: str) -> None:
    began = time.process_time()
    with pytest.raises(MalformedJson) as caught:
        decode(REFUSED[name])
    assert time.process_time() - began < 0.1
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "body",
    [
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\\\\u0000"}',
        b'{"a": "\\ud83d\\ude00", "b": "[[[{{{:"}',
        b"[" * 40 + b"]" * 40,
        b'[{"a": 1}, {"a": 2}]',
        b'{"a": {"a": {"a": "\\"a\\":1"}}}',
    ],
)
def test_good_documents_are_read(body: bytes) -> None:
    assert decode(body) == json.loads(body)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner)
    ),
    max_leaves=30,
)


@pytest.mark.slow
@given(values, st.booleans())
def test_whatever_can_be_written_is_read_back(value: object, ascii_only: bool) -> None:
    assert decode(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=200) | st.text(alphabet='[]{}",:\\u0d8 1ae\n').map(str.encode))
def test_anything_is_either_read_as_others_read_it_or_refused(body: bytes) -> None:
    try:
        value = decode(body)
    except MalformedJson:
        return
    assert json.loads(body) == value
