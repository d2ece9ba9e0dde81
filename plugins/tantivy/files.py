"""What the library leaves to its user: one writer, a pointer to the index in use, damage noticed in time.

Tantivy writes each file of an index once, waits for the disk, and then moves ``meta.json``, which names the
files that count, into its place. It closes every file with a footer that holds a checksum, and never looks at
it again; here a file is compared with its checksum before the first search reads it.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.spec import SearchError

#: The file that names the folder of the index in use, and the one that writers hold.
POINTER, LOCK = "current", "write.lock"
META = "meta.json"
#: Ends every file of a segment, after the footer and its length.
MAGIC = 1337
#: Seconds between looks whether another writer is done.
PAUSE = 0.05

#: Name of the folder in use, and what tells one commit in it from another.
Version = tuple[str, int, int]


class Damaged(Exception):
    """A file of the index is not what was written."""


@contextmanager
def only_writer(folder: Path, patience: float) -> Iterator[None]:
    """Only one writer, optimiser or rebuilder on this folder, in all processes and threads; the lock dies
    with its process.

    Raises:
        SearchError: another one holds it, and still does after ``patience`` seconds.
    """
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SearchError(f"the search index cannot be locked: {error}") from error
    try:
        until = time.monotonic() + patience
        while not _taken(descriptor):
            if time.monotonic() > until:
                raise SearchError("the search index is being written by another process")
            time.sleep(PAUSE)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def current_version(folder: Path) -> Version:
    """What is to be read now; two short look-ups on disk.

    Raises:
        OSError: there is no index.
    """
    name = (folder / POINTER).read_text("utf-8").strip()
    found = (folder / name / META).stat()
    return name, found.st_mtime_ns, found.st_ino


def point_to(folder: Path, name: str) -> None:
    """Puts an index in use, in one step that reaches the disk."""
    temporary = folder / f"{POINTER}.{os.getpid()}.new"
    temporary.write_text(name, "utf-8")
    sync(temporary)
    temporary.replace(folder / POINTER)
    sync(folder)


def sync(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
