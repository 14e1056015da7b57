"""Multipart forms, parsed while they are received, so that a large upload never blocks the loop (RFC 7578): the parser of `multipart`,
with our limits.

Files up to a megabyte stay in memory, larger ones go to a temporary file; optionally files are dropped and only the fields kept. Limits:
fields, files, bytes of one field and of headers.
"""

import re
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import unquote

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from core.django_internals import make_immutable
from core.errors import BadInput, TooLarge

MEMORY_BYTES = 1024 * 1024
MAX_FIELDS = 1000
MAX_FILES = 20
MAX_FIELD_BYTES = 2 * 1024 * 1024
MAX_HEADERS_BYTES = 16 * 1024
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{1,200}")
_EXTENDED_NAME = re.compile(r';\s*filename\*\s*=\s*"?([^;"\s]*)', re.IGNORECASE)


def _broken(detail: str) -> BadInput:
    return BadInput(code="unreadable_form", detail=f"multipart: {detail}", status=400)


class MultipartParser:
    """An incremental parser: call `feed()` with each chunk of the body, then `finish()` for the fields and files."""

    def __init__(self, boundary: str, *, discards_files: bool = False) -> None:
        if not _BOUNDARY.fullmatch(boundary):
            raise _broken("no usable boundary")
        self._parser = PushMultipartParser(boundary, max_header_size=MAX_HEADERS_BYTES)
        self._fields = QueryDict(mutable=True, encoding="utf-8")
        self._files: MultiValueDict = MultiValueDict()
        self.order: list[str] = []  # the names of all parts, in order
        self.has_dropped = False  # a file was read but not stored
        self._discards_files, self._is_dropping = discards_files, False
        self._file_count = 0
        self._name = ""
        self._file: IO[bytes] | None = None
        self._file_name = ""
        self._file_type = ""
        self._field = bytearray()
        self._field_bytes = 0

    def feed(self, data: bytes) -> None:
        """Take the next chunk of the body. Raises BadInput (400) or TooLarge."""
        if not data:
            return
        try:
            for event in self._parser.parse(data):
                if event is None:
                    self._close_part()
                elif isinstance(event, MultipartSegment):
                    self._open_part(event)
                else:
                    self._take(event)
        except MultipartError as error:
            raise _broken(str(error)) from error

    def finish(self) -> tuple[QueryDict, MultiValueDict]:
        """Return the fields and files of the whole form. Raises BadInput if the end is missing."""
        try:
            self._parser.close()
        except MultipartError as error:
            raise _broken("the end is missing") from error
        make_immutable(self._fields)
        return self._fields, self._files

    def discard(self) -> None:
        """Delete every file, after a malformed form or a disconnect."""
        if self._file is not None:
            self._file.close()
        for _, files in self._files.lists():
            for file in files:
                file.close()

    def _open_part(self, part: MultipartSegment) -> None:
        if len(self.order) >= MAX_FIELDS:
            raise TooLarge(code="too_many_fields", detail=f"multipart: over {MAX_FIELDS} parts")
        if sum(len(name) + len(value) for name, value in part.headerlist) > MAX_HEADERS_BYTES:
            raise _broken("headers of a part over 16 kB")
        if not part.name:
            raise _broken("a part without a name")
        self._name = part.name
        self.order.append(self._name)
        file_name = part.filename or ""
        # RFC 8187, not supported by the library: charset'language'percent-encoded
        if extended := _EXTENDED_NAME.search(part.header("Content-Disposition")):
            file_name = unquote(extended[1].rpartition("'")[2])
        self._file, self._is_dropping = None, False
        if file_name:
            self._file_count += 1
            if self._file_count > MAX_FILES:
                raise TooLarge(code="too_many_files", detail=f"multipart: over {MAX_FILES} files")
            if self._discards_files:
                self._is_dropping = True
                return
            self._file = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115
            self._file_name = file_name
            self._file_type = part.header("Content-Type", "").strip() or "application/octet-stream"

    def _take(self, data: bytes | bytearray) -> None:
        if self._file is not None:
            self._file.write(data)
            return
        if self._is_dropping:
            self.has_dropped = True
            return
        self._field_bytes += len(data)
        if self._field_bytes > MAX_FIELD_BYTES:
            raise TooLarge(code="form_too_large", detail="multipart: fields over 2 MB")
        self._field += data

    def _close_part(self) -> None:
        if self._file is not None:
            size = self._file.tell()
            self._file.seek(0)
            self._files.appendlist(
                self._name, UploadedFile(self._file, self._file_name, self._file_type, size)
            )
            self._file = None
        elif not self._is_dropping:
            self._fields.appendlist(self._name, self._field.decode("utf-8", "replace"))
            self._field.clear()
