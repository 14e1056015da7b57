"""Multipart forms, parsed while they come in, so that a large upload never holds the loop (RFC 7578, RFC 2046).

Files up to a megabyte stay in memory, larger ones go to a temporary file. Limits: fields, files, bytes of one field and of headers.
"""

import re
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import unquote

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from core.errors import BadInput, TooLarge

MEMORY_BYTES = 1024 * 1024
MOST_FIELDS = 1000
MOST_FILES = 20
LONGEST_FIELD_BYTES = 2 * 1024 * 1024
LONGEST_HEADERS_BYTES = 16 * 1024
_PARAMETER = re.compile(r';\s*([\w*]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)')
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{1,200}")

_START, _HEADERS, _DATA, _END = range(4)


def _broken(detail: str) -> BadInput:
    return BadInput("The form can't be read.", detail=f"multipart: {detail}", status=400)


def _parameters(header: str) -> dict[str, str]:
    """`form-data; name="a"; filename="b.png"` as a dictionary. Only `\\"` and `\\\\` are escapes: browsers send paths as they are."""
    return {
        name.lower(): re.sub(r'\\(["\\])', r"\1", value[1:-1]) if value.startswith('"') else value
        for name, value in _PARAMETER.findall(header)
    }


class MultipartParser:
    """Feed it the body in pieces, then `finish()` gives the fields and the files."""

    def __init__(self, boundary: str) -> None:
        if not _BOUNDARY.fullmatch(boundary):
            raise _broken("no usable boundary")
        self._delimiter = b"\r\n--" + boundary.encode("ascii")
        self._buffer = bytearray(b"\r\n")  # so that the first boundary looks like the others
        self._state = _START
        self._fields = QueryDict(mutable=True, encoding="utf-8")
        self._files: MultiValueDict = MultiValueDict()
        self.order: list[str] = []  # the names of all parts, as they came
        self._count = 0
        self._file_count = 0
        self._name = ""
        self._file: IO[bytes] | None = None
        self._file_name = ""
        self._file_type = ""
        self._field = bytearray()
        self._field_bytes = 0

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body. Raises BadInput (400) or TooLarge."""
        self._buffer += data
        while self._step():
            pass

    def finish(self) -> tuple[QueryDict, MultiValueDict]:
        """The fields and files of the whole form. Raises BadInput when the end is missing."""
        if self._state != _END:
            raise _broken("the end is missing")
        self._fields._mutable = False
        return self._fields, self._files

    def discard(self) -> None:
        """Free every file; the form was broken or the sender left."""
        if self._file is not None:
            self._file.close()
        for _, files in self._files.lists():
            for file in files:
                file.close()

    def _step(self) -> bool:
        """Use what is in the buffer; whether there may be more to use."""
        if self._state == _HEADERS:
            return self._read_headers()
        if self._state == _END:
            self._buffer.clear()  # an epilogue means nothing
            return False
        at = self._buffer.find(self._delimiter)
        if at < 0:
            # what could be the beginning of a delimiter stays for the next piece
            certain = len(self._buffer) - len(self._delimiter)
            if certain > 0:
                self._take(certain)
            return False
        after = at + len(self._delimiter)
        if len(self._buffer) < after + 2:
            return False
        tail = bytes(self._buffer[after : after + 2])
        if tail == b"--":
            self._take(at)
            self._close_part()
            self._state = _END
            return True
        line_end = self._buffer.find(b"\r\n", after, after + 80)
        if line_end < 0:
            if len(self._buffer) > after + 80:
                raise _broken("a boundary does not end")
            return False
        if self._buffer[after:line_end].strip(b" \t"):
            raise _broken("text after a boundary")
        self._take(at)
        self._close_part()
        del self._buffer[
            : line_end - at
        ]  # _take removed `at` bytes; the line break stays and ends empty headers
        self._state = _HEADERS
        return True

    def _take(self, size: int) -> None:
        """The first `size` bytes of the buffer belong to the current part."""
        if self._state == _DATA:
            if self._file is not None:
                self._file.write(memoryview(self._buffer)[:size].tobytes())
            else:
                self._field_bytes += size
                if self._field_bytes > LONGEST_FIELD_BYTES:
                    raise TooLarge("The form is too large.", detail="multipart: fields over 2 MB")
                self._field += self._buffer[:size]
        del self._buffer[:size]

    def _close_part(self) -> None:
        if self._state != _DATA:
            return
        if self._file is not None:
            size = self._file.tell()
            self._file.seek(0)
            self._files.appendlist(
                self._name,
                UploadedFile(self._file, self._file_name, self._file_type, size),
            )
            self._file = None
        else:
            self._fields.appendlist(self._name, self._field.decode("utf-8", "replace"))
            self._field.clear()

    def _read_headers(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or end > LONGEST_HEADERS_BYTES:
            if len(self._buffer) > LONGEST_HEADERS_BYTES:
                raise _broken("headers of a part over 16 kB")
            return False
        disposition: dict[str, str] = {}
        kind = ""
        for line in bytes(self._buffer[:end]).decode("utf-8", "replace").split("\r\n"):
            header, _, value = line.partition(":")
            if header.strip().lower() == "content-disposition":
                disposition = _parameters(value)
            elif header.strip().lower() == "content-type":
                kind = value.strip()
        del self._buffer[: end + 4]
        self._open_part(disposition, kind)
        self._state = _DATA
        return True

    def _open_part(self, disposition: dict[str, str], kind: str) -> None:
        self._count += 1
        if self._count > MOST_FIELDS:
            raise TooLarge("The form has too many fields.", detail=f"multipart: over {MOST_FIELDS} parts")
        if "name" not in disposition:
            raise _broken("a part without a name")
        self._name = disposition["name"]
        self.order.append(self._name)
        file_name = disposition.get("filename", "")
        if "filename*" in disposition:  # RFC 8187: charset'language'percent-encoded
            file_name = unquote(disposition["filename*"].rpartition("'")[2])
        self._file = None
        if file_name:
            self._file_count += 1
            if self._file_count > MOST_FILES:
                raise TooLarge("The form has too many files.", detail=f"multipart: over {MOST_FILES} files")
            self._file = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115
            self._file_name, self._file_type = file_name, kind or "application/octet-stream"
