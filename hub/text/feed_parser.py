"""feedparser, driven within bounds.

``feedparser.parse`` cannot be bounded from outside: some of its steps are quadratic (the list of tags,
the search for an e-mail address in an author, dates of any length), and its reader for malformed
documents backtracks. Its two parser classes are therefore used directly, with limits on what an element
may hold, on depth and on time. That also saves the search for a charset, which has been settled here
already, and a look for an XML driver that does not exist, on every call.
"""

from __future__ import annotations

import re
import time
import xml.sax
import xml.sax.handler
from dataclasses import dataclass
from typing import Any

from feedparser.api import LooseFeedParser, StrictFeedParser
from feedparser.util import FeedParserDict

from hub.errors import ParseError
from hub.text.feed_document import repair

#: Seconds of work that one document may cost.
BUDGET = 5.0
MAX_DEPTH = 500
MAX_TAGS = 50
MAX_ATTRIBUTE = 8192
MAX_ATTRIBUTES = 500
MAX_SHORT = 4096
#: Elements that hold text for people; everything else (dates, names, addresses) is short.
_LONG = frozenset(
    ("content", "summary", "description", "title", "subtitle", "tagline", "rights", "copyright", "info")
)

_MAILBOX = re.compile(r"[^\s()<>,;\"]+@[^\s()<>,;\"]+")


class _TooMuch(Exception):
    """A document goes past its bounds."""


class _Bounds:
    """Limits for either of feedparser's parsers."""

    deadline = 0.0
    level = 0
    max_level = MAX_DEPTH

    def unknown_starttag(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        self.level += 1
        if self.level > self.max_level:
            raise _TooMuch(f"elements nested more than {self.max_level} deep")
        self.in_time()
        if attrs and not self.incontent:  # type: ignore[attr-defined]
            attrs = [(name, value[:MAX_ATTRIBUTE]) for name, value in attrs]
        super().unknown_starttag(tag, attrs)  # type: ignore[misc]

    def unknown_endtag(self, tag: str) -> None:
        self.level -= 1
        self.in_time()
        super().unknown_endtag(tag)  # type: ignore[misc]

    def in_time(self) -> None:
        if time.monotonic() > self.deadline:
            raise _TooMuch(f"took more than {BUDGET:g} seconds to read")

    def pop(self, element: str, strip_whitespace: int = 1) -> Any:
        stack = self.elementstack  # type: ignore[attr-defined]
        if stack and element not in _LONG and stack[-1][0] == element:
            pieces = stack[-1][2]
            if isinstance(pieces, str):  # CDF's dates and links come from attributes
                stack[-1][2] = pieces[:MAX_SHORT]
            elif len(pieces) > 1 or (pieces and len(pieces[0]) > MAX_SHORT):
                pieces[:] = _shortened(pieces)
        return super().pop(element, strip_whitespace)  # type: ignore[misc]

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        if len(self._get_context().get("tags") or ()) < MAX_TAGS:  # type: ignore[attr-defined]
            super()._add_tag(term, scheme, label)  # type: ignore[misc]

    def _sync_author_detail(self, key: str = "author") -> None:
        """feedparser takes four letters at most for the end of a mail address, and leaves the rest of
        ``redaksi@kim.online (Redaksi)`` in the name."""
        context = self._get_context()  # type: ignore[attr-defined]
        given, details = context.get(key) or "", context.get(f"{key}s")
        if "@" not in given or not details or details[-1]:
            super()._sync_author_detail(key)  # type: ignore[misc]
        elif name := " ".join(_MAILBOX.sub(" ", given).split()).strip("()<> ,;"):
            details[-1]["name"] = name

    def _end_image(self) -> None:
        """Also ``<image>https://...</image>`` in an item, as some village systems write it."""
        address = self.pop("image")
        self.inimage = 0
        if self.inentry and address:  # type: ignore[attr-defined]
            entry = self.entries[-1]  # type: ignore[attr-defined]
            entry.setdefault("image", FeedParserDict(href=address))


def _shortened(pieces: list[Any]) -> list[Any]:
    room, kept = MAX_SHORT, []
    for piece in pieces:
        kept.append(piece[:room])
        room -= len(piece)
        if room <= 0:
            break
    return kept


class _Strict(_Bounds, StrictFeedParser):  # type: ignore[misc]
    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:
        if len(attrs) > MAX_ATTRIBUTES:  # feedparser looks each up among all
            raise _TooMuch(f"an element with {len(attrs)} attributes")
        super().startElementNS(name, qname, attrs)


class _Loose(_Bounds, LooseFeedParser):  # type: ignore[misc]
    max_level = 1 << 30  # elements without an end tag pile up here; time is the bound


@dataclass(frozen=True, slots=True)
class Parsed:
    """What feedparser read, as plain dictionaries: its own offer aliases (``updated`` answers with
    ``published``), and what is absent must stay absent. ``flaw`` tells why the document was malformed, ''
    for one that was not (or only in ways that could be put right)."""

    feed: dict[str, Any]
    entries: list[dict[str, Any]]
    version: str
    flaw: str = ""


def run(text: str, *, url: str) -> Parsed:
    """Read an XML feed without document type.

    Three tries: as it is, repaired, and by feedparser's loose reader. Where nothing sets ``xml:base``,
    addresses are left as they stand: joining ``url`` with itself at every element is a fifth of the cost.

    Raises:
        ParseError: ``not_a_feed`` for a document past the bounds or that breaks feedparser.
    """
    deadline = time.monotonic() + BUDGET
    base = url if "xml:base" in text else ""
    try:
        try:
            return _strict(text, base, deadline)
        except xml.sax.SAXException:
            text = repair(text)
        try:
            return _strict(text, base, deadline)
        except xml.sax.SAXException as error:
            return _loose(text, base, deadline, flaw=_one_line(error))
    except _TooMuch as error:
        raise ParseError("not_a_feed", str(error)) from None
    except Exception as error:  # feedparser promises nothing about malformed input
        raise ParseError("not_a_feed", f"unreadable: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__


def _strict(text: str, base: str, deadline: float) -> Parsed:
    handler = _Strict(base, None, "utf-8")
    _prepare(handler, deadline)
    reader: Any = xml.sax.make_parser()  # noqa: S317  (no document type is left in ``text``)
    reader.setFeature(xml.sax.handler.feature_namespaces, 1)
    reader.setFeature(xml.sax.handler.feature_external_ges, 0)
    reader.setContentHandler(handler)
    reader.setErrorHandler(handler)
    reader.feed(text)
    reader.close()
    return _plain(handler)


def _loose(text: str, base: str, deadline: float, flaw: str) -> Parsed:
    handler = _Loose(base, None, "utf-8", {})
    _prepare(handler, deadline)
    handler.feed(text)
    return _plain(handler, flaw)


def _prepare(handler: Any, deadline: float) -> None:
    handler.deadline = deadline
    handler.sanitize_html = False
    handler.resolve_relative_uris = False


def _plain(handler: Any, flaw: str = "") -> Parsed:
    return Parsed(dict(handler.feeddata), [dict(entry) for entry in handler.entries], handler.version, flaw)
