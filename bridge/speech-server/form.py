"""Reading what a client posts: bodies with a length or in chunks, forms with files. Nothing here trusts a number it is given."""

from __future__ import annotations

import re
from typing import BinaryIO, Mapping

LONGEST_CHUNK_LINE = 128
LONGEST_TRAILERS = 16


class BadBody(Exception):
    """The body is not what its headers promise."""


class BodyTooLarge(Exception):
    """The body is longer than this server takes."""


class NotAudio(Exception):
    """The file cannot be read as sound."""


def read_body(source: BinaryIO, headers: Mapping[str, str], most: int) -> bytes:
    """The whole body, at most `most` bytes of it. Clients stream files in chunks when they do not know the length."""
    coding = (headers.get("transfer-encoding") or "").strip().lower()
    if coding == "chunked":
        return _read_chunks(source, most)
    if coding not in ("", "identity"):
        raise BadBody("this transfer coding is not supported")
    length = headers.get("content-length") or ""
    if not re.fullmatch(r"[0-9]{1,15}", length):
        raise BadBody("the length of the body is missing or not a number")
    if int(length) > most:
        raise BodyTooLarge
    body = source.read(int(length))
    if len(body) != int(length):
        raise BadBody("the body ends early")
    return body


def _read_chunks(source: BinaryIO, most: int) -> bytes:
    body = bytearray()
    while True:
        line = source.readline(LONGEST_CHUNK_LINE)
        size_text = line.split(b";")[0].strip()
        if not line.endswith(b"\n") or not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size_text):
            raise BadBody("a chunk has no size")
        size = int(size_text, 16)
        if len(body) + size > most:
            raise BodyTooLarge
        if size == 0:
            for _ in range(LONGEST_TRAILERS):
                if source.readline(LONGEST_CHUNK_LINE) in (b"\r\n", b"\n", b""):
                    return bytes(body)
            raise BadBody("too many trailers")
        chunk = source.read(size)
        if len(chunk) != size or source.readline(LONGEST_CHUNK_LINE).strip() != b"":
            raise BadBody("a chunk ends early")
        body += chunk


def parse_form(content_type: str, body: bytes) -> dict[str, list[bytes]]:
    """The fields of a multipart/form-data body, in order; a name may come more than once."""
    found = re.fullmatch(r'multipart/form-data\s*;.*?boundary=("?)([^"\r\n;]{1,200})\1(?:;.*)?', content_type.strip(), re.I)
    if found is None:
        raise BadBody("a multipart/form-data body is expected")
    parts = (b"\r\n" + body).split(b"\r\n--" + found[2].encode("latin-1"))
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise BadBody("the form is not closed")
    fields: dict[str, list[bytes]] = {}
    for part in parts[1:-1]:
        head, separator, value = part.partition(b"\r\n\r\n")
        name = re.search(rb'content-disposition:\s*form-data;(?:[^\r\n]*?;)?\s*name="?([^";\r\n]+)"?', head, re.I)
        if separator == b"" or name is None:
            raise BadBody("a part of the form has no name")
        fields.setdefault(name[1].decode("utf-8", "replace"), []).append(value)
    return fields
