import contextlib

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.asgi.multipart import MultipartParser
from core.errors import Problem

names = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="%"),
    min_size=1,
    max_size=20,
)
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


@pytest.mark.slow
@settings(max_examples=300)
@given(parts, st.integers(1, 400))
def test_any_form_comes_out_as_it_went_in_whatever_the_pieces(entries, size):
    entries = [(name, is_file, content.replace(b"\r\n--bound", b"")) for name, is_file, content in entries]
    body = b""
    for name, is_file, content in entries:
        quoted = name.replace('"', "%22")  # as browsers do, by the WHATWG's standard
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


@pytest.mark.slow
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


def test_multipart_by_httpx_is_parsed():
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


@pytest.mark.parametrize(
    ("header", "name", "file_name"),
    [
        (b'form-data; name="a"; filename="b%22c.png"', "a", 'b"c.png'),
        (b'form-data; name="a"; filename="b\\"c.png"', "a", 'b"c.png'),
        (b"form-data; name=a; filename=b.png", "a", "b.png"),
        (b"form-data; name=a; filename*=UTF-8''n%C3%A4.png", "a", "nä.png"),
        (b'form-data; name="a"; filename="../../etc/passwd"', "a", "passwd"),
    ],
)
def test_names_as_browsers_and_older_programs_quote_them(header, name, file_name):
    _, files = parse(b"--bound\r\nContent-Disposition: " + header + b"\r\n\r\nx\r\n--bound--", 1000)
    with files[name] as file:
        assert (file.name, file.read()) == (file_name, b"x")


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([b"Content-Disposition: form-data; name=a\r\n\r\nx"] * 1001, 413),
        ([b"Content-Disposition: form-data; name=a; filename=b\r\n\r\nx"] * 21, 413),
        ([b"Content-Disposition: form-data; name=a\r\n\r\n" + b"x" * (1024 * 1024 + 1)] * 2, 413),
        ([b"Content-Disposition: form-data; name=a\r\nX-Long: " + b"x" * 16_385 + b"\r\n\r\nx"], 400),
        (
            [b"Content-Disposition: form-data; name=a\r\n" + (b"X: " + b"x" * 5000 + b"\r\n") * 4 + b"\r\nx"],
            400,
        ),
        ([b"Content-Disposition: form-data; name=a\r\n" + b"X: y\r\n" * 100 + b"\r\nx"], 400),
        ([b"X-Endless: " + b"x" * 100_000], 400),
        ([b"Content-Disposition: form-data\r\n\r\nx"], 400),
        ([b"Content-Type: text/plain\r\n\r\nx"], 400),
    ],
)
@pytest.mark.parametrize("size", [1000, 65_536])
def test_oversized_and_invalid_forms_are_refused(parts, status, size):
    body = b"".join(b"--bound\r\n" + part + b"\r\n" for part in parts) + b"--bound--\r\n"
    with pytest.raises(Problem) as refused:
        parse(body, size)
    assert refused.value.status == status


def test_a_body_that_comes_byte_by_byte_is_read_in_linear_time():
    """Counted in bytes that are copied: what waits for more never grows with the body."""
    parser = MultipartParser("bound")
    body = b"--bound\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"\r\n--boun" * 5000
    for start in range(len(body)):
        parser.feed(body[start : start + 1])
        assert len(parser._parser._buffer) < 100
    parser.discard()
