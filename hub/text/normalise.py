"""From what a source wrote to what people read: titles, excerpts, topics, addresses."""

from __future__ import annotations

import html as entities
import re
import unicodedata
from typing import Final
from urllib.parse import urljoin, urlsplit

from hub.model import Topic
from hub.text.markup import names, text_of, without_invisible

MAX_TITLE: Final = 300
MAX_URL: Final = 2000
MAX_TOPIC: Final = 60
#: Words a resident reads in a minute; Indonesian adult silent reading is put at 175-300.
WORDS_PER_MINUTE: Final = 200

#: A raw title longer than this is not looked at to its end (F33).
_RAW_TITLE: Final = 8 * MAX_TITLE
_TAG: Final = re.compile(r"<(?:/?[a-zA-Z]|!--|[!?])[^<>]*>?")
_HIDDEN: Final = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)

#: Shortcodes of WordPress itself and of the page builders and players met in the field.
_SHORTCODES: Final = (
    r"wp_caption|caption|gallery|embed|audio|video|playlist|vc_[a-z_]+|et_pb_[a-z_]+|fusion_[a-z_]+|"
    r"av_[a-z_]+|cs_[a-z_]+|elementor-template|contact-form(?:-7)?|wpforms|ninja_form|gravityform|"
    r"rev_slider|smartslider3|layerslider|metaslider|ngg[a-z_]*|nggallery|foogallery|sharethis[a-z-]*|"
    r"addtoany|social[a-z_-]*|shareaholic|su_[a-z_]+|tabs?|toggles?|accordion(?:-item)?|button|"
    r"columns?|one_[a-z_]+|two_[a-z_]+|row|dropcap|highlight|spacer|divider|icon|googlemaps?|"
    r"pdf-embedder|embeddoc|gview|pdfviewer|tableau|table|youtube|tube|vimeo|facebook|instagram|twitter|"
    r"wpdm_[a-z_]+|download|visitor_count|post-views|mc4wp_form|newsletter[a-z_]*|toc|ez-toc|adrotate|"
    r"ads?|quads|adinserter|sc[a-z]?_[a-z_]+|bdp_[a-z_]+|penci_[a-z_]+|tdc?_[a-z_]+"
)
_SHORTCODE: Final = re.compile(
    rf"\[/?(?:{_SHORTCODES})(?=[\s\]/=])[^\[\]<>]*+(?:<[^\[\]<>]*+>[^\[\]<>]*+)*+\]"
)
_EMBED: Final = re.compile(r"\[embed\b[^\[\]]*+\]\s*+(https?://[^\s\[\]<>\"']++)\s*+\[/embed\]")

#: Not after a short word with a capital, since ``Kab.``, ``Hj.`` and ``H.`` end no sentence.
_SENTENCE_END: Final = re.compile(
    r"[.!?…](?<!\b[A-Z].)(?<!\b[A-Z][a-z].)(?<!\b[A-Z][a-z]{2}.)[\"'”’)\]]*(?=\s|$)"
)
_JUNK_TOPICS: Final = names(
    "uncategorized uncategorised tak-berkategori tak-terkategori tidak-berkategori tidak-terkategori "
    "tanpa-kategori belum-dikategorikan tak-dikategorikan umum-uncategorized kategori category none null "
    "default blog lainnya-uncategorized"
)
#: An absolute address in which nothing needs care: nearly all of them.
_CLEAN_URL: Final = re.compile(r"https?://[a-z0-9][a-z0-9.-]*(?:/[\w/.~%+,=&?;:@-]*)?", re.ASCII)
_NOT_SLUG: Final = re.compile(r"[^a-z0-9]+")


def plain(html: str) -> str:
    """The text of ``html`` with line breaks between blocks; white space folded, entities resolved."""
    return text_of(html)


def fold(text: str) -> str:
    """``text`` in NFC on one line, without invisible characters."""
    text = " ".join(without_invisible(text).split())
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def clean_title(raw: str) -> str:
    """A title as one line of plain text, at most 300 characters.

    Tags go, scripts with their content. Entities are resolved twice, because feeds escape a title once
    for HTML and once more for XML, and the tags that come to light go too.
    """
    text = raw[:_RAW_TITLE]
    for _ in range(2):
        text = entities.unescape(_untagged(text)) if "&" in text else _untagged(text)
    return shortened(fold(_untagged(text)), MAX_TITLE)


def _untagged(text: str) -> str:
    return _TAG.sub(" ", _HIDDEN.sub(" ", text)) if "<" in text else text


def shortened(text: str, limit: int) -> str:
    """``text`` cut to at most ``limit`` characters at a word's end, with an ellipsis where it was cut."""
    if len(text) <= limit:
        return text
    cut = text[:limit]
    head, space, _ = cut.rpartition(" ")
    kept = head if space and len(head) > limit // 2 else cut[:-1]
    return kept.rstrip(" ,;:-–—(") + "…"


def excerpt(text: str, limit: int = 220) -> str:
    """The beginning of ``text`` on one line: whole sentences where they fill half of ``limit``, else
    whole words with an ellipsis."""
    line = fold(text[: 4 * limit])
    if len(line) <= limit and len(text) <= 4 * limit:
        return line
    ends = [match.end() for match in _SENTENCE_END.finditer(line[: limit + 1]) if match.end() <= limit]
    if ends and ends[-1] > limit // 2:
        return line[: ends[-1]]
    return shortened(line, limit) if len(line) > limit else line


def first_sentence(text: str, limit: int = 80) -> str:
    """What stands in for a missing title: the first sentence, cut to ``limit`` characters."""
    line = fold(text.lstrip().partition("\n")[0][: 8 * limit])
    end = _SENTENCE_END.search(line)
    sentence = line[: end.end()] if end and end.end() > 15 else line
    return shortened(sentence.removesuffix("."), limit)


def minutes(text: str) -> int:
    """Reading time, at least 1."""
    return max(1, round(len(text.split()) / WORDS_PER_MINUTE))


def strip_shortcodes(html: str) -> str:
    """``html`` without WordPress shortcodes left in it; what they enclose stays, an embedded address
    becomes a link. Other text in brackets (``[...]``, ``[1]``, ``[Mamuju]``) is the author's own."""
    if "[" not in html:
        return html
    html = _EMBED.sub(r'<a href="\1">\1</a>', html)
    return _SHORTCODE.sub("", html)


def absolute(url: str, base: str) -> str:
    """``url`` seen from ``base``; empty unless it leads to a host by http or https."""
    if len(url) <= MAX_URL and _CLEAN_URL.fullmatch(url):
        return url
    url = without_invisible(url).strip()
    if not url or len(url) > MAX_URL:
        return ""
    try:
        joined = urljoin(base, url) if base else url
        parts = urlsplit(joined)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return ""
        _ = parts.port
    except ValueError:
        return ""
    return joined if joined.isprintable() and " " not in joined else "%20".join(joined.split())


def slug(label: str, limit: int = MAX_TOPIC) -> str:
    """``label`` for an address: lower-case ASCII letters, digits and hyphens; empty where none is left."""
    text = unicodedata.normalize("NFKD", label.lower().replace("'", "").replace("’", ""))
    text = _NOT_SLUG.sub("-", text.encode("ascii", "ignore").decode()).strip("-")
    if len(text) > limit:
        head, hyphen, _ = text[: limit + 1].rpartition("-")
        text = head if hyphen else text[:limit]
    return text


def make_topic(label: str) -> Topic | None:
    """A category or tag as a topic; None for one that says nothing (``Uncategorized``)."""
    shown = shortened(clean_title(label[:_RAW_TITLE]).strip(" #,;/|"), MAX_TOPIC)
    name = slug(shown)
    if not name or name in _JUNK_TOPICS or name.isdigit():
        return None
    return Topic(name, shown)
