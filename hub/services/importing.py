"""Lists of sites in and out: CSV for spreadsheets, OPML 2.0 for other readers."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from hub.errors import ConfigError, Conflict, Fault, HubError, NotFound, RemoteError
from hub.model import Site
from hub.services.registering import Registering
from hub.store import Store

Format = Literal["csv", "opml"]

#: Bounds of one import: a spreadsheet gone wrong must not fill the hub.
MAX_BYTES = 10 * 2**20
MAX_ROWS = 100_000
#: Addresses that are probed at the same time.
PROBES = 8
#: Namespace of the village code on an OPML outline.
NAMESPACE = "https://kimhub.example/opml"
COLUMNS = ("name", "url", "village", "connector", "feed_url")


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that was not taken: its number (the first row under the heading is 1), a reason, and why."""

    row: int
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Imported:
    """``skipped`` rows were there already."""

    added: int
    skipped: int
    errors: tuple[RowError, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    name: str
    url: str
    village: str
    connector: str = ""
    feed_url: str = ""


class Importing:
    """Reads and writes lists of sites."""

    def __init__(self, store: Store, registering: Registering) -> None:
        self._store, self._registering = store, registering

    def import_sites(
        self,
        text: str,
        format: Format = "csv",
        *,
        probe: bool = True,
        progress: Callable[[int, int], None] | None = None,
    ) -> Imported:
        """Add all sites of a list. A row that cannot be taken is reported and the others are.

        Args:
            text: CSV with the columns name, url, village and, optionally, connector and feed_url; or OPML
                whose outlines carry the village code in an attribute ``village`` (of any namespace).
            probe: False takes feed addresses as given, without the network.
            progress: told rows done and rows in all.

        Raises:
            ConfigError: the list as a whole cannot be read, or is too large.
        """
        if len(text.encode("utf-8", "replace")) > MAX_BYTES:
            raise ConfigError([Fault(format, "is larger than 10 MiB", "split the list")])
        rows = list(_read_csv(text) if format == "csv" else _read_opml(text))
        if len(rows) > MAX_ROWS:
            raise ConfigError([Fault(format, f"has more than {MAX_ROWS} rows", "split the list")])
        added = skipped = 0
        errors: list[RowError] = []
        with ThreadPoolExecutor(PROBES if probe else 1) as pool:
            for number, outcome in enumerate(pool.map(lambda row: self._add(row, probe), rows), 1):
                if outcome is None:
                    added += 1
                elif outcome.reason == "exists":
                    skipped += 1
                else:
                    errors.append(outcome)
                if progress is not None:
                    progress(number, len(rows))
        return Imported(added, skipped, tuple(errors))

    def _add(self, row: _Row, probe: bool) -> RowError | None:
        if not (row.name and row.url and row.village):
            missing = ", ".join(each for each in COLUMNS[:3] if not getattr(row, each))
            return RowError(row.number, "incomplete", f"{missing} is missing")
        try:
            self._registering.add_site(
                row.name,
                row.url,
                row.village,
                probe=probe,
                connector=row.connector or None,
                feed_url=row.feed_url or None,
            )
        except Conflict as error:
            return RowError(row.number, "exists", str(error))
        except NotFound as error:
            return RowError(row.number, "bad_village", str(error))
        except RemoteError as error:
            return RowError(row.number, error.reason, error.detail)
        except HubError as error:
            return RowError(row.number, "plugin", str(error))
        return None

    def export_sites(self, format: Format = "csv") -> str:
        """All sites as CSV (one row a source) or OPML."""
        with self._store.read() as tx:
            sites, sources = tx.sites.all(), tx.sources.all()
        if format == "opml":
            feeds = {source.site_id: source.url for source in sources if source.connector == "feed"}
            return write_opml(sites, feeds)
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for site in sites:
            own = [(each.connector, each.url) for each in sources if each.site_id == site.id]
            for kind, url in own or [("", "")]:
                writer.writerow(map(_cell, (site.name, site.url, site.village, kind, url)))
        return out.getvalue()


def _cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP ASVS 5.0, 1.2.10)."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _read_csv(text: str) -> Iterable[_Row]:
    lines = io.StringIO(text.removeprefix("\ufeff"))
    reader = csv.DictReader(lines, delimiter=";" if ";" in text.partition("\n")[0] else ",")
    missing = set(COLUMNS[:3]) - {str(name).strip().lower() for name in reader.fieldnames or ()}
    if missing:
        cure = "the first line must be: name,url,village"
        raise ConfigError([Fault("CSV", f"has no column {', '.join(sorted(missing))}", cure)])
    for number, row in enumerate(reader, 1):
        values = {str(name).strip().lower(): (value or "").strip() for name, value in row.items() if name}
        yield _Row(number, *(values.get(name, "") for name in COLUMNS))


def _read_opml(text: str) -> Iterable[_Row]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ConfigError([Fault("OPML", f"cannot be read: {error}", "export it again")]) from error
    if root is None or root.tag != "opml":
        raise ConfigError([Fault("OPML", "is no OPML document", "its first element must be <opml>")])
    number = 0
    for outline in root.iter("outline"):
        named = {etree.QName(name).localname.lower(): str(value) for name, value in outline.attrib.items()}
        if not named.get("xmlurl"):
            continue
        number += 1
        name = named.get("title") or named.get("text", "")
        home = named.get("htmlurl") or named["xmlurl"]
        yield _Row(number, name, home, named.get("village", ""), "feed", named["xmlurl"])


def write_opml(sites: Iterable[Site], feeds: dict[int, str], title: str = "kimhub") -> str:
    """OPML 2.0 with one outline a site that has a feed; village codes in an attribute of our namespace."""
    root = etree.Element("opml", version="2.0", nsmap={"kimhub": NAMESPACE})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    for site in sites:
        if site.id in feeds:
            outline = etree.SubElement(body, "outline", type="rss", text=site.name, title=site.name)
            outline.set("xmlUrl", feeds[site.id])
            outline.set("htmlUrl", site.url)
            outline.set("language", "id")
            outline.set(f"{{{NAMESPACE}}}village", site.village)
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document.decode()
