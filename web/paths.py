"""Addresses of the portal's own pages, in one place.

Built by hand and not by ``url_for``: a page of twenty cards holds a hundred of them. A test compares them
with the routes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from hub.model import Attachment, Region


@dataclass(frozen=True, slots=True)
class Paths:
    """Addresses that keep the reader's language: ``lang`` is empty for the hub's own language."""

    lang: str = ""

    def to(self, path: str, params: Mapping[str, object] | None = None, fragment: str = "") -> str:
        query = {key: value for key, value in (params or {}).items() if value not in (None, "")}
        if self.lang:
            query["lang"] = self.lang
        return path + (f"?{urlencode(query)}" if query else "") + (f"#{fragment}" if fragment else "")

    def home(self) -> str:
        return self.to("/")

    def search(self, params: Mapping[str, object] | None = None) -> str:
        return self.to("/cari", params)

    def post(self, key: int) -> str:
        return self.to(f"/berita/{key}")

    def short(self, key: int) -> str:
        """A post's address for messages and for typing by hand."""
        return self.to(f"/b/{key}")

    def region(self, region: Region, page: int = 1) -> str:
        """A village's or a kecamatan's page, told apart by the length of the code."""
        kind = "desa" if region.code.count(".") == 3 else "kecamatan"
        return self.to(f"/{kind}/{region.code}", {"page": page if page > 1 else None})

    def topic(self, slug: str, page: int = 1) -> str:
        return self.to(f"/topik/{quote(slug)}", {"page": page if page > 1 else None})

    def site(self, key: int, page: int = 1) -> str:
        return self.to(f"/sumber/{key}", {"page": page if page > 1 else None})

    def map(self, kecamatan: Region | None = None) -> str:
        """The map of the district, or of one kecamatan."""
        return self.to(f"/peta/{kecamatan.code}" if kecamatan else "/peta")

    def points(self) -> str:
        """Where the villages are, for a script."""
        return self.to("/peta/titik.json")

    def display(self, *, saved: bool = False) -> str:
        """How pages look to this reader; ``saved`` tells that a choice was kept."""
        return self.to("/tampilan", {"tersimpan": 1 if saved else None})

    def sources(self) -> str:
        return self.to("/sumber")

    def about(self) -> str:
        return self.to("/tentang")

    def accessibility(self) -> str:
        return self.to("/aksesibilitas")

    def help(self) -> str:
        return self.to("/bantuan/pencarian")

    def offline(self) -> str:
        """What is kept on the reader's phone."""
        return self.to("/luring")

    def feed(self, kind: str = "xml", params: Mapping[str, object] | None = None) -> str:
        return self.to(f"/feed.{kind}", params)

    def follow(self, params: Mapping[str, object] | None = None) -> str:
        """The form to be told of what these parameters show."""
        return self.to("/ikuti", params)

    def announcements(self, params: Mapping[str, object] | None = None) -> str:
        return self.to("/pengumuman", params)

    def announcement(self, key: int) -> str:
        return self.to(f"/pengumuman/{key}")

    def sheet(self, key: int) -> str:
        """The announcement as a sheet for the notice board."""
        return self.to(f"/pengumuman/{key}/lembar.pdf")

    def attachment(self, key: int, attachment: Attachment) -> str:
        return f"/pengumuman/{key}/lampiran/{attachment.sha256}/{quote(attachment.name)}"

    def check(self, number: str = "") -> str:
        """Where anybody checks whether an announcement is real."""
        return self.to("/periksa", {"nomor": number})

    def notice_feed(self, kind: str = "xml", params: Mapping[str, object] | None = None) -> str:
        return self.to(f"/pengumuman/feed.{kind}", params)
