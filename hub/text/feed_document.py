"""The document around a feed's items: from bytes to clean text, and to the raw items in it.

Nothing here understands feeds beyond the names of their elements. It exists because a parser should be
given only what is new (``hub/text/feeds.py`` hashes raw items), only what is whole (a cut document loses
its last, half item) and only what is harmless (no document type, hence no entities to blow up).
"""

from __future__ import annotations

import codecs
import hashlib
import html.entities
import re
from collections.abc import Iterator
from dataclasses import dataclass

from hub.errors import ParseError

#: Text codecs of Python that are no charset of a web page. UTF-7 above all: in it plain ASCII turns
#: into markup.
_NO_CHARSET = frozenset(
    codecs.lookup(name).name for name in ("utf-7", "unicode_escape", "raw_unicode_escape", "idna", "punycode")
)
#: What pages call themselves and what browsers read instead (WHATWG encoding labels).
_READ_AS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "euc_kr": "cp949", "big5": "cp950"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: ``<?xm`` or ``<rss`` without a byte order mark, by the zeros in it.
_WIDE = (
    (re.compile(rb"\A<\0\0\0"), "utf-32-le"),
    (re.compile(rb"\A\0\0\0<"), "utf-32-be"),
    (re.compile(rb"\A<\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\A\0<\0[^\0]"), "utf-16-be"),
    (re.compile(rb"\A\x4c\x6f\xa7\x94"), "cp037"),
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_DECLARED = re.compile(rb"\A\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_SEQUENCE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_ROOT = re.compile(r"<!--|<((?:[\w.-]{1,40}+:)?(?:rss|feed|rdf|channel))(?=[\s>/])", re.IGNORECASE)
_PAGE = re.compile(r"<(?:html|head|body|svg|opml|urlset|sitemapindex)[\s>]", re.IGNORECASE)
_MARK = re.compile(r"<(?:!\[CDATA\[|!--|\?|(/?)((?:[\w.-]{1,40}+:)?(?i:item|entry))(?=[\s/>]))")
_TAG_END = re.compile(r"""(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>""")
_TAG = re.compile(r"<(/?)([A-Za-z_][\w.:-]{0,80})(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>")
_ENDS = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}
_REFERENCE = re.compile(r"&(?:#(\d{1,7}|[xX][0-9a-fA-F]{1,6});|([A-Za-z][A-Za-z0-9]{1,31});)?")
_XML_NAMES = frozenset(("amp", "lt", "gt", "quot", "apos"))


def decode(body: bytes, content_type: str) -> tuple[str, bool]:
    """The text of ``body``, and whether that text can be relied on.

    A byte order mark wins, then the charset of Content-Type, then the XML declaration, then UTF-8; what
    was declared is only believed if it fits. A UTF-8 text with a few broken sequences (OpenSID cuts
    excerpts by bytes) stays UTF-8 with the broken places left out, anything else is read as Windows-1252.
    """
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return _lenient(body[len(mark) :], charset)
    for pattern, charset in _WIDE:
        if pattern.match(body):
            return _lenient(body, charset)
    declared = _CHARSET.search(content_type)
    inside = _DECLARED.match(body)
    names = [declared[1]] if declared else []
    names += [inside[1].decode("ascii")] if inside else []
    charsets = [charset for name in names if (charset := _charset(name))]
    for charset in dict.fromkeys([*charsets, "utf-8"]):
        try:
            return body.decode(charset), True
        except UnicodeDecodeError:
            continue
    if charsets and charsets[0] not in ("utf-8", "cp1252"):
        return _lenient(body, charsets[0])
    unknown = bool(names) and not charsets
    broken = body.decode("utf-8", "replace")
    if len(_SEQUENCE.findall(body)) >= broken.count("\ufffd"):
        return broken.replace("\ufffd", ""), not unknown
    return body.decode("cp1252", "replace"), not unknown


def _charset(name: str) -> str:
    """The codec for a charset's name, or '' where there is none to be trusted."""
    try:
        found = codecs.lookup(name)
        b"".decode(name)
    except (LookupError, ValueError):
        return ""
    if found.name in _NO_CHARSET:
        return ""
    return _READ_AS.get(found.name, found.name)


def _lenient(body: bytes, charset: str) -> tuple[str, bool]:
    try:
        return body.decode(charset), True
    except UnicodeDecodeError:
        text = body.decode(charset, "replace")
        return text, text.count("\ufffd") * 100 <= len(text)


@dataclass(frozen=True, slots=True)
class Document:
    """An XML feed as text, from its root element to that element's end.

    ``spans`` are the places of its whole items in document order, or None where the structure is
    doubtful (items in items) and only a full parser can tell. ``cut`` says that the root never ends.
    """

    text: str
    spans: tuple[tuple[int, int], ...] | None
    cut: bool

    def raw(self, span: tuple[int, int]) -> str:
        return self.text[span[0] : span[1]]

    def keeping(self, kept: list[tuple[int, int]]) -> str:
        """The document with only the items ``kept``, made whole where it was cut."""
        if self.spans is None:
            return self._up_to_last_item() if self.cut else self.text
        pieces, at, keep = [], 0, set(kept)
        for start, end in self.spans:
            pieces.append(self.text[at:start])
            if (start, end) in keep:
                pieces.append(self.text[start:end])
            at = end
        if self.cut:
            head = self.text[: self.spans[0][0]] if self.spans else _whole_tags(self.text)
            pieces = [*pieces, _closing(head)] if self.spans else [head, _closing(head)]
        else:
            pieces.append(self.text[at:])
        return "".join(pieces)

    def _up_to_last_item(self) -> str:
        ends = [match for match in _MARK.finditer(self.text) if match[1]]
        return self.text[: self.text.find(">", ends[-1].end()) + 1] if ends else self.text


def read_document(body: bytes, content_type: str) -> Document:
    """The feed in ``body``. What stands before its root (byte order mark, white space, PHP warnings, XML
    declaration, document type with its entities) and after its end is left out.

    Raises:
        ParseError: ``not_a_feed`` where there is no feed's root element, ``bad_charset`` where there is
            one but the text cannot be read.
    """
    text, reliable = decode(body, content_type)
    root = _find_root(text)
    if root is None:
        raise ParseError("not_a_feed", f"no feed in {len(body)} bytes beginning {text.strip()[:40]!r}")
    if not reliable:
        raise ParseError("bad_charset", f"cannot be read as {content_type or 'declared'}")
    close = text.rfind(f"</{root[1]}", root.end())
    end = text.find(">", close) + 1 if close > 0 else 0
    if not end and (empty := _TAG_END.match(text, root.end())) and text[empty.end() - 2] == "/":
        end = empty.end()
    document = text[root.start() : end or len(text)]
    return Document(document, _item_spans(document), cut=not end)


def _find_root(text: str) -> re.Match[str] | None:
    """The root element outside comments; None for a page, even one with a feed somewhere in it."""
    at, page = 0, False
    while match := _ROOT.search(text, at):
        page = page or bool(_PAGE.search(text, at, match.start() + 1))
        if match[1]:
            return None if page else match
        end = text.find("-->", match.end())
        if end < 0:
            return None
        at = end + 3
    return None


def _item_spans(text: str) -> tuple[tuple[int, int], ...] | None:
    spans: list[tuple[int, int]] = []
    start, name, at = -1, "", 0
    while match := _MARK.search(text, at):
        if closes := _ENDS.get(match[0]):
            found = text.find(closes, match.end())
            if found < 0:
                break
            at = found + len(closes)
            continue
        tag = _TAG_END.match(text, match.end())
        if tag is None:
            break
        at = tag.end()
        if match[1]:
            if start < 0 or match[2] != name:
                return None
            spans.append((start, at))
            start = -1
        elif start >= 0:
            return None
        elif text[at - 2] == "/":
            spans.append((match.start(), at))
        else:
            start, name = match.start(), match[2]
    return tuple(spans)


def _whole_tags(text: str) -> str:
    """``text`` up to its last whole element, for a document cut before its first item."""
    return text[: max(text.rfind("</"), 0)].rstrip() if "</" in text else text[: text.rfind(">") + 1]


def _closing(head: str) -> str:
    """End tags for everything that ``head`` leaves open."""
    names: list[str] = []
    markup = "".join(part for part, literal in segments(head) if not literal)
    for match in _TAG.finditer(markup):
        if match[0].endswith("/>"):
            continue
        if not match[1]:
            names.append(match[2])
        elif match[2] in names:
            del names[len(names) - 1 - names[::-1].index(match[2]) :]
    return "".join(f"</{name}>" for name in reversed(names))


def segments(text: str) -> Iterator[tuple[str, bool]]:
    """``text`` in parts: markup (False), and comments and CDATA sections (True)."""
    at = 0
    while (start := text.find("<!", at)) >= 0:
        closes = "]]>" if text.startswith("<![CDATA[", start) else "-->"
        known = closes == "]]>" or text.startswith("<!--", start)
        end = text.find(closes, start) if known else start - len(closes) + 2
        if end < 0:
            break
        yield text[at:start], False
        yield text[start : end + len(closes)], known
        at = end + len(closes)
    yield text[at:], False


def repair(text: str) -> str:
    """``text`` with what breaks most feeds put right: control characters, bare ampersands, HTML's entity
    names, references to characters that XML does not know. In comments and CDATA sections only the
    first applies."""
    text = _NO_CHARACTER.sub("", text)
    return "".join(part if literal else _REFERENCE.sub(_reference, part) for part, literal in segments(text))


def _reference(match: re.Match[str]) -> str:
    number, name = match[1], match[2]
    if number:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        return match[0] if code <= 0x10FFFF and not _NO_CHARACTER.match(chr(code)) else ""
    if not name or name in _XML_NAMES:
        return match[0] if name else "&amp;"
    text = html.entities.html5.get(name + ";")
    return "".join(f"&#{ord(char)};" for char in text) if text else f"&amp;{name};"


def fingerprint(raw: str) -> str:
    """Hash of a raw item: 16 hexadecimal digits."""
    return hashlib.blake2b(raw.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
