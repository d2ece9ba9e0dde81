"""Finished pictures on disk: what can be made again, bounded in size, shared by any number of processes.

One file holds a picture in all its forms: a line of JSON, then the bytes of the forms one after the other.
Files come into their place whole (written beside, then renamed) and go whole, so that no process needs to
know of the others. A file's time is when it was last shown: the longest unseen go first.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from hub.model import Raster

#: Trimming leaves so much of the cap in use, so that it is not called for again at once.
KEEP = 0.9
#: A process looks at the whole folder again after adding this share of the cap: others add too.
LOOK_AGAIN = 0.02
#: Seconds between two notes that a picture was shown.
NOTE_EVERY = 3600
#: A file half written for so long belongs to a process that was killed.
ABANDONED = 3600
#: What a file takes on disk at least.
BLOCK = 4096
_HALF = ".half"


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a picture without reading it.

    ``forms`` has width, height and bytes by name. ``failed`` is why there is none, ``until`` (seconds since
    the epoch) how long that stands; ``made`` when the picture was made.
    """

    forms: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    made: float = 0.0
    failed: str = ""
    until: float = 0.0


class PictureFiles:
    """The folder of finished pictures.

    Args:
        folder: made when the first picture is kept.
        max_bytes: cap on all files; 0 keeps none.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self._room = 0.0
        self._lock = threading.Lock()

    def head(self, key: str) -> Head | None:
        """What is known of ``key`` (letters and digits, at least three); None when nothing is."""
        with suppress(OSError), self._path(key).open("rb") as source:
            return _read_head(source)
        return None

    def form(self, key: str, name: str) -> Raster | None:
        """One form of a picture; None when it is not kept."""
        with suppress(OSError), self._path(key).open("rb") as source:
            head = _read_head(source)
            if head is None or name not in head.forms:
                return None
            before = 0
            for each, (width, height, size) in head.forms.items():
                if each == name:
                    source.seek(before, os.SEEK_CUR)
                    body = source.read(size)
                    self._note(key, source)
                    return Raster(body, width, height) if len(body) == size else None
                before += size
        return None

    def put(self, key: str, forms: Mapping[str, Raster], made: float) -> None:
        """Keep a picture in its forms. Raises OSError: the disk did not do it."""
        sizes = {name: (each.width, each.height, len(each.body)) for name, each in forms.items()}
        self._write(key, {"made": made, "forms": sizes}, b"".join(each.body for each in forms.values()))

    def put_failure(self, key: str, why: str, until: float) -> None:
        """Remember that there is no such picture to be had. Raises OSError."""
        self._write(key, {"failed": why, "until": until}, b"")

    def drop(self, key: str) -> None:
        """Forget ``key``."""
        with suppress(OSError):
            self._path(key).unlink()

    def trim(self) -> int:
        """Make room if the cap is passed; how many files went."""
        with self._lock:
            return self._trim()

    def _write(self, key: str, head: Mapping[str, Any], body: bytes) -> None:
        if not self._max_bytes:
            return
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=_HALF, dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(json.dumps(head, separators=(",", ":")).encode() + b"\n" + body)
                size = out.tell()
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
        with self._lock:
            self._room -= max(size, BLOCK)
            if self._room <= 0:
                self._trim()

    def _trim(self) -> int:
        found = sorted(self._all())
        total = sum(size for _, size, _ in found)
        gone = 0
        if total > self._max_bytes:
            for _, size, path in found:
                with suppress(OSError):
                    os.unlink(path)
                total -= size
                gone += 1
                if total <= self._max_bytes * KEEP:
                    break
        self._room = min(self._max_bytes - total, max(self._max_bytes * LOOK_AGAIN, BLOCK))
        return gone

    def _all(self) -> Iterator[tuple[float, int, str]]:
        """Time of last use, bytes and path of every file."""
        with suppress(OSError), os.scandir(self._folder) as shelves:
            for shelf in shelves:
                with suppress(OSError), os.scandir(shelf.path) as files:
                    for file in files:
                        with suppress(OSError):
                            stat = file.stat()
                            if not file.name.endswith(_HALF):
                                yield stat.st_mtime, max(stat.st_size, BLOCK), file.path
                            elif time.time() - stat.st_mtime > ABANDONED:
                                os.unlink(file.path)

    def _note(self, key: str, source: BinaryIO) -> None:
        if time.time() - os.fstat(source.fileno()).st_mtime > NOTE_EVERY:
            os.utime(self._path(key))

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key[2:]


def _read_head(source: BinaryIO) -> Head | None:
    try:
        read = json.loads(source.readline(4096))
        forms = {name: (int(w), int(h), int(size)) for name, (w, h, size) in read.get("forms", {}).items()}
        return Head(
            forms, float(read.get("made", 0)), str(read.get("failed", "")), float(read.get("until", 0))
        )
    except (ValueError, TypeError, AttributeError):
        return None  # not ours, or cut by a full disk: made anew
