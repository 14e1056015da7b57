import contextlib

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.asgi.multipart import MultipartParser
from core.errors import Problem

names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
parts = st.lists(
    st.tuples(
        names,
        st.booleans(),
        st.binary(max_size=300) | st.sampled_from([b"", b"\r\n--b", b"\r\n--bound", b"\r\n"]),
    ),
    max_size=6,
)


def parse(body: bytes, size: int, boundary: str = "bound"):
    parser = MultipartParser(boundary)
    try:
        for start in range(0, len(body), size):
            parser.feed(body[start : start + size])
        return parser.finish()
    except Problem:
        parser.discard()
        raise


@settings(max_examples=300)
@given(parts, st.integers(1, 400))
def test_any_form_comes_out_as_it_went_in_whatever_the_pieces(entries, size):
    entries = [(name, is_file, content.replace(b"\r\n--bound", b"")) for name, is_file, content in entries]
    body = b""
    for name, is_file, content in entries:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        body += b'--bound\r\nContent-Disposition: form-data; name="' + quoted.encode() + b'"'
        body += b'; filename="f.bin"\r\nContent-Type: image/png' if is_file else b""
        body += b"\r\n\r\n" + content + b"\r\n"
    fields, files = parse(body + b"--bound--\r\n", size)
    wanted = [(name, content.decode("utf-8", "replace")) for name, is_file, content in entries if not is_file]
    assert sorted((name, value) for name, values in fields.lists() for value in values) == sorted(wanted)
    wanted = [(name, content) for name, is_file, content in entries if is_file]
    assert sorted((name, file.read()) for name, found in files.lists() for file in found) == sorted(wanted)
    for found in dict(files.lists()).values():
        for file in found:
            file.close()


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [
                b"--bound",
                b"--",
                b"\r\n",
                b"Content-Disposition: form-data; name=a",
                b"; filename=x",
                b"x",
                b"\x00\xff",
                b":",
            ]
        ),
        max_size=30,
    )
)
def test_any_bytes_are_a_form_or_a_problem(pieces):
    with contextlib.suppress(Problem):
        _, files = parse(b"".join(pieces), 7)
        for file in files.values():
            file.close()


def test_what_httpx_writes():
    request = httpx.Request("POST", "http://x", data={"ä": ["1", ""]}, files={"f": ("nä.txt", b"body")})
    boundary = request.headers["content-type"].split("boundary=")[1]
    fields, files = parse(request.read(), 11, boundary)
    assert fields.getlist("ä") == ["1", ""]
    with files["f"] as file:
        assert (file.name, file.read()) == ("nä.txt", b"body")


@pytest.mark.parametrize("boundary", ["", "x" * 300, "\u00e9", "a\r\nb"])
def test_a_bad_boundary_is_a_problem(boundary):
    with pytest.raises(Problem):
        MultipartParser(boundary)
