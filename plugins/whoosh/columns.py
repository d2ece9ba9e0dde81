"""What the index knows of each document beside its words: columns of small integers.

Filters, facets and dates are answered from here; nothing is stored as text but the table of a facet's
values, once per segment. File ``.doc`` of a segment: a JSON head and the columns one after another.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from dataclasses import dataclass, field
from typing import Any

from hub.spec import Document
from plugins.whoosh.files import DurableStorage
from plugins.whoosh.postings import Corrupt

FACETS = ("village", "kecamatan", "site", "topic", "month")
#: With another layout comes another name: an index of the old one is noticed and made anew.
MAGIC = b"KD2" + sys.byteorder[:1].encode()


@dataclass(slots=True)
class FacetColumn:
    """``codes[n]`` points into ``table``; an entry holds the values of a document (several topics)."""

    codes: array[int] = field(default_factory=lambda: array("I"))
    table: list[tuple[str, ...]] = field(default_factory=list)
    _known: dict[tuple[str, ...], int] = field(default_factory=dict)

    def append(self, values: tuple[str, ...]) -> None:
        code = self._known.get(values)
        if code is None:
            code = self._known[values] = len(self.table)
            self.table.append(values)
        self.codes.append(code)

    def codes_of(self, value: str) -> frozenset[int]:
        return frozenset(code for code, values in enumerate(self.table) if value in values)


@dataclass(slots=True)
class Columns:
    """The columns of one segment, by document number."""

    ids: array[int] = field(default_factory=lambda: array("q"))
    sort_at: array[int] = field(default_factory=lambda: array("q"))
    groups: array[int] = field(default_factory=lambda: array("q"))
    lengths: array[int] = field(default_factory=lambda: array("H"))
    facets: dict[str, FacetColumn] = field(default_factory=lambda: {name: FacetColumn() for name in FACETS})

    def append(self, document: Document, length: int) -> None:
        self.ids.append(document.id)
        self.sort_at.append(document.sort_at)
        self.groups.append(document.group)
        self.lengths.append(min(length, 0xFFFF))
        self.facets["village"].append((document.village,))
        self.facets["kecamatan"].append((document.kecamatan,))
        self.facets["site"].append((str(document.site),))
        self.facets["topic"].append(document.topics)
        self.facets["month"].append((document.month,))

    def copy_from(self, other: Columns, number: int) -> None:
        self.ids.append(other.ids[number])
        self.sort_at.append(other.sort_at[number])
        self.groups.append(other.groups[number])
        self.lengths.append(other.lengths[number])
        for name, column in self.facets.items():
            theirs = other.facets[name]
            column.append(theirs.table[theirs.codes[number]])


def write_columns(columns: Columns, storage: DurableStorage, segment: Any) -> None:
    tables = {name: column.table for name, column in columns.facets.items()}
    head = json.dumps({"documents": len(columns.ids), "tables": tables}).encode()
    arrays = [columns.ids, columns.sort_at, columns.groups, columns.lengths]
    arrays += [columns.facets[name].codes for name in FACETS]
    body = head + b"".join(values.tobytes() for values in arrays)
    file = segment.create_file(storage, ".doc")
    file.write(MAGIC + struct.pack("=II", len(head), zlib.crc32(body)) + body)
    file.close()


def read_columns(storage: DurableStorage, segment: Any) -> Columns:
    """Raises Corrupt where the file is damaged."""
    file = storage.map_file(segment.make_filename(".doc"))
    data = file.get(0, file.file.size())
    file.close()
    if data[:4] != MAGIC:
        raise Corrupt("the columns of the index are damaged, or of another version")
    head_size, checksum = struct.unpack("=II", data[4:12])
    if zlib.crc32(data[12:]) != checksum:
        raise Corrupt("the columns of the index are damaged")
    head = json.loads(data[12 : 12 + head_size])
    return _parse(data, 12 + head_size, head["documents"], head["tables"])


def _parse(data: bytes, at: int, count: int, tables: dict[str, list[list[str]]]) -> Columns:
    arrays: list[array[Any]] = []
    for typecode, size in (("q", 8), ("q", 8), ("q", 8), ("H", 2), *(("I", 4) for _ in FACETS)):
        arrays.append(array(typecode, data[at : at + size * count]))
        at += size * count
    ids, sort_at, groups, lengths, *codes = arrays
    facets = {
        name: FacetColumn(column, [tuple(values) for values in tables[name]])
        for name, column in zip(FACETS, codes, strict=True)
    }
    return Columns(ids, sort_at, groups, lengths, facets)
