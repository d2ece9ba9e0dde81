"""What the library leaves to its user: damage noticed in time.

Tantivy writes each file of an index once, waits for the disk, and then moves ``meta.json``, which names the
files that count, into its place. It closes every file with a footer that holds a checksum, and never looks at
it again; here a file is compared with its checksum before the first search reads it.
"""

from __future__ import annotations

import json
import mmap
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

META = "meta.json"
#: Ends every file of a segment, after the footer and its length.
MAGIC = 1337


class Damaged(Exception):
    """A file of the index is not what was written."""


def living_files(index: Path) -> Iterator[Path]:
    """The files of all segments that ``meta.json`` names, in order of name.

    Raises:
        OSError, ValueError, KeyError: it is missing or damaged.
    """
    meta = json.loads((index / META).read_text("utf-8"))
    names = {segment["segment_id"].replace("-", "") for segment in meta["segments"]}
    for path in sorted(index.iterdir()):
        if path.name.partition(".")[0] in names:
            yield path


def check(path: Path) -> None:
    """Raises Damaged: a file does not fit its checksum."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            length, magic = struct.unpack("<II", data[-8:])
            end = len(data) - 8 - length
            footer = json.loads(data[end:-8])
            with memoryview(data) as view, view[: max(end, 0)] as body:
                fine = magic == MAGIC and zlib.crc32(body) == footer["crc"]
        except (ValueError, KeyError, TypeError, struct.error):
            fine = False
    if not fine:
        raise Damaged(f"{path.name} is damaged")
