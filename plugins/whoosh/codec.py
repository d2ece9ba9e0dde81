"""Our on-disk format as a Whoosh codec: the name under which segments remember how to be read."""

from __future__ import annotations

from typing import Any

from whoosh.codec.whoosh3 import W3Codec

from plugins.whoosh.columns import Columns, read_columns, write_columns
from plugins.whoosh.files import DurableStorage
from plugins.whoosh.postings import PostingsReader, PostingsWriter


class ColumnsWriter:
    """Holds the columns of the segment in the making."""

    def __init__(self, storage: DurableStorage, segment: Any) -> None:
        self._storage, self._segment = storage, segment
        self.columns = Columns()
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True
        if self.columns.ids:
            write_columns(self.columns, self._storage, self._segment)


class PostCodec(W3Codec):  # type: ignore[misc]
    """Whoosh's segments, generations and locks; our columns and posting lists."""

    def per_document_writer(self, storage: DurableStorage, segment: Any) -> ColumnsWriter:
        return ColumnsWriter(storage, segment)

    def field_writer(self, storage: DurableStorage, segment: Any) -> PostingsWriter:
        return PostingsWriter(storage, segment)

    def terms_reader(self, storage: DurableStorage, segment: Any) -> PostingsReader:
        return PostingsReader(storage, segment)

    def per_document_reader(self, storage: DurableStorage, segment: Any) -> Columns:
        return read_columns(storage, segment)
