"""Index files that survive a power cut and can be read by many threads at once.

Whoosh itself never calls fsync, and its readers move a shared file position. Here a commit reaches the
disk before the table of contents that names it takes its place, and files are read through memory maps.
"""

from __future__ import annotations

import mmap
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile

from hub.spec import sync


class MappedFile(StructFile):  # type: ignore[misc]
    """A file to read from; ``get`` keeps no position, so that threads do not disturb each other."""

    def get(self, position: int, length: int) -> bytes:
        data: bytes = self.file[position : position + length]
        return data


class DurableStorage(FileStorage):  # type: ignore[misc]
    """A folder of index files. Renaming, the last step of Whoosh's commit, first waits for all that was
    written before it."""

    def __init__(self, path: str, **kwargs: Any) -> None:
        super().__init__(path, **kwargs)
        self._written: set[str] = set()

    def create_file(self, name: str, *args: Any, **kwargs: Any) -> Any:
        self._written.add(name)
        return super().create_file(name, *args, **kwargs)

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        for name in self._written:
            if self.file_exists(name):
                sync(self._fpath(name))
        self._written.clear()
        super().rename_file(oldname, newname, safe=safe)
        sync(self.folder)

    def map_file(self, name: str) -> MappedFile:
        with open(self._fpath(name), "rb") as file:
            return MappedFile(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), name=name)
