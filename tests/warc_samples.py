"""WARC, ARC and WACZ files of all kinds, written byte by byte, for the tests of foreign files."""

import gzip
import hashlib
import io
import json
import zipfile

import zstandard
from warcio.archiveiterator import ArchiveIterator

_SUBJECTS = ("tram line", "paper mill", "night market", "lighthouse", "choir school", "salt works", "town archive")
_VERBS = ("was repaired", "opened again", "lost its roof", "found a new owner", "was painted", "drew a crowd")
_TAILS = (
    "after the spring storm had blown down the old gate",
    "while the mayor was away on a visit to the islands",
    "and the neighbours brought soup to those who helped",
    "although nobody had counted on so many visitors",
    "because a retired teacher had kept the plans in her attic",
)


def page(number, status="HTTP/1.1 200 OK", headers=("Content-Type: text/html; charset=utf-8",)):
    """An HTTP response with a story of its own."""
    seed = hashlib.sha256(str(number).encode()).digest()
    paragraphs = []
    for row in range(6):
        sentences = []
        for i in range(4):
            what, did, why = _SUBJECTS[seed[row + i] % 7], _VERBS[seed[row * 2 + i] % 6], _TAILS[(seed[i] + row) % 5]
            sentences.append(f"The {what} of district {number} {did} {why}.")
        paragraphs.append("<p>" + " ".join(sentences) + "</p>")
    title = f"What became of the {_SUBJECTS[seed[0] % 7]} in district {number}"
    html = (
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title><meta property="og:type" content="article"></head>'
        f"<body><article><h1>{title}</h1>{''.join(paragraphs)}</article></body></html>"
    ).encode()
    head = "\r\n".join([status, *headers, f"Content-Length: {len(html)}"]) + "\r\n\r\n"
    return head.encode() + html


def record(
    block,
    url="http://paper.example/2024/05/story",
    *fields,
    kind="response",
    number=1,
    version="1.0",
    date="2024-05-17T10:00:00Z",
    content_type="application/http; msgtype=response",
    length=None,
    record_id=None,
    end="\r\n",
    trailer=None,
):
    """A WARC record. `date`, `content_type` or `record_id` of an empty string leave that field out."""
    record_id = f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>" if record_id is None else record_id
    lines = [f"WARC/{version}", f"WARC-Type: {kind}"]
    lines += [f"WARC-Record-ID: {record_id}"] if record_id else []
    lines += [f"WARC-Date: {date}"] if date else []
    lines += [f"WARC-Target-URI: {url}"] if url else []
    lines += [f"Content-Type: {content_type}"] if content_type else []
    lines += fields
    if length != "missing":
        lines.append(f"Content-Length: {len(block) if length is None else length}")
    trailer = (end * 2).encode() if trailer is None else trailer
    return (end.join(lines) + end * 2).encode() + block + trailer


def warcinfo(*lines, number=900_000, end="\r\n"):
    block = "\r\n".join(["software: a test", *lines]).encode() + b"\r\n"
    return record(block, "", kind="warcinfo", number=number, content_type="application/warc-fields", end=end)


def story(number, *fields, **values):
    """The record of a story."""
    block = values.pop("block", None) or page(number)
    return record(
        block, values.pop("url", f"http://paper.example/2024/05/{number}-story"), *fields, number=number, **values
    )


def arc(*numbers, gz=True, version=1, url="http://paper.example/2008/04/{}-story"):
    """An ARC file of stories."""
    names = {
        1: "URL IP-address Archive-date Content-type Archive-length",
        2: "URL IP-address Archive-date Content-type Result-code Checksum Location Offset Filename Archive-length",
    }[version]
    body = f"{version} 0 test\n{names}\n".encode()
    more = "" if version == 1 else "200 - - 0 test.arc "
    parts = [f"filedesc://test.arc 0.0.0.0 20080430204825 text/plain {more}{len(body)}\n".encode() + body + b"\n"]
    for number in numbers:
        block = page(number)
        line = f"{url.format(number)} 192.0.2.7 20080430204826 text/html {more}{len(block)}\n"
        parts.append(line.encode() + block + b"\n")
    return b"".join(map(gzip.compress, parts)) if gz else b"".join(parts)


def zst(parts, dictionary=None, *, packed_dictionary=False):
    """A .warc.zst file with a frame for each part, preceded by their dictionary."""
    head = b""
    if dictionary is not None:
        data = dictionary.as_bytes()
        data = zstandard.compress(data) if packed_dictionary else data
        head = b"\x5d\x2a\x4d\x18" + len(data).to_bytes(4, "little") + data
    packer = zstandard.ZstdCompressor(dict_data=dictionary)
    return head + b"".join(packer.compress(part) for part in parts)


def wacz(path, entries, *, deflated=False, description=True, digests=None):
    """A package with these entries (name -> bytes)."""
    digests = {name: f"sha256:{hashlib.sha256(data).hexdigest()}" for name, data in entries.items()} | (digests or {})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED) as package:
        for name, data in entries.items():
            package.writestr(name, data)
        if description:
            resources = [{"path": name, "hash": digest, "name": name} for name, digest in digests.items()]
            package.writestr("datapackage.json", json.dumps({"profile": "data-package", "resources": resources}))
    return path


def members(*parts):
    return b"".join(gzip.compress(part) for part in parts)


def in_one(*parts):
    return gzip.compress(b"".join(parts))


def first_record(data):
    """The first record in some bytes as warcio reads it: type, URL and block."""
    found = next(iter(ArchiveIterator(io.BytesIO(data), arc2warc=True, no_record_parse=True)))
    return found.rec_type, found.rec_headers.get_header("WARC-Target-URI"), found.raw_stream.read()
