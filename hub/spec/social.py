"""From short messages to posts: what every connector of a social network needs.

Pure functions on text. What they make is still an entry's: nothing here is trusted, the hub cleans it all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape, unescape
from typing import Final
from urllib.parse import urlsplit

from hub.spec.options import Option

#: Longest title, in characters; a longer sentence is cut at a word.
MAX_TITLE: Final = 120
#: A first sentence shorter than this is a greeting or a heading: the next one goes with it.
_SHORT: Final = 12

_URL: Final = re.compile(r"(?:https?://|www\.)[^\s<>\"'\u201c\u201d]+", re.IGNORECASE)
_HASHTAG: Final = re.compile(r"(?<![\w&/#])[#\uff03](\w*[^\W\d_]\w*)")
#: Hashtags and mentions at the very end of a message: they sort it and are no part of its sentence.
_TRAILING: Final = re.compile(r"(?:\s*(?<![\w&/])[#\uff03@]\w[\w.@-]*)+\s*$")
_SENTENCE: Final = re.compile(r"(?<=[.!?\u2026])[\"')\u201d]?\s+(?=[\"'(\u201c]?[^\W\d_])")
#: Ends with a dot and goes on: titles, addresses and the like in Indonesian.
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:bpk|ibu|sdr|sdri|dr|drs|dra|ir|prof|h|hj|st|sh|sp|se|no|jl|jln|kab|kec|ds|kel|dll|dsb|dst|tgl|"
    r"pkl|rp|tel|telp|hal|a\.n|s\.d|u\.p|d\.a)|\b[a-z])\.$",
    re.IGNORECASE,
)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)")
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/li|/h\d)\b[^>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")
_PARAGRAPHS: Final = re.compile(r"\n[ \t]*\n\s*")
_COUNTER: Final = re.compile(r"(?<=<p>)\(?\d{1,2}/\d{0,2}\)?[.:]?\s*|\s*\(?\d{1,2}/\d{1,2}\)?(?=</p>\s*$)")
_CLOSING: Final = ".,;:!?)]}\u2026"

#: What every social connector asks its operator.
SOCIAL_OPTIONS: Final = (
    Option(
        "replies",
        "bool",
        False,
        help={
            "id": "ikutkan balasan kepada orang lain (utasan sendiri selalu digabung)",
            "en": "take replies to others too (threads of one's own are always joined)",
        },
    ),
    Option(
        "reposts",
        "bool",
        False,
        help={
            "id": "ikutkan kiriman orang lain yang dibagikan ulang",
            "en": "take other people's posts that are passed on",
        },
    ),
)


def title_of(text: str) -> str:
    """The first sentence of a message as a title: without addresses, decoration and the hashtags at its
    end, at most ``MAX_TITLE`` characters, cut at a word. Empty where there are no words."""
    lines = (_tidied(line) for line in text.splitlines())
    line = next((each for each in lines if re.search(r"\w", each)), "")
    title = _first_sentence(line)
    if len(title) > MAX_TITLE:
        title = title[: MAX_TITLE - 1].rsplit(" ", 1)[0].rstrip(" ,;:-\u2013\u2014") + "\u2026"
    return title.rstrip() if title.endswith(("!", "?", "\u2026")) else title.rstrip(" .")


def _tidied(line: str) -> str:
    """One line without addresses, signs of hashtags and what only decorates."""
    line = _TRAILING.sub("", _URL.sub(" ", line)) or _URL.sub(" ", line)
    line = _HASHTAG.sub(lambda found: _words(found[1]), line)
    line = re.sub(r"[*_~`|\u200b-\u200f\u2060\ufe0f]+", " ", line)
    line = "".join(" " if _decorates(char) else char for char in line)
    return " ".join(line.split()).strip(" -\u2013\u2014:>\u2022")


def _decorates(char: str) -> bool:
    """Pictographs and dingbats, which read badly in a list of titles."""
    return "\u2190" <= char <= "\u2bff" or char >= "\U0001f000"


def _first_sentence(line: str) -> str:
    taken = ""
    for part in _SENTENCE.split(line):
        taken = f"{taken} {part}".strip()
        if len(taken) >= _SHORT and not _ABBREVIATION.search(taken):
            break
    return taken


def topics_of(text: str) -> tuple[str, ...]:
    """The hashtags of a message as topics, ``#GotongRoyong`` as ``Gotong Royong``; each once, in order.
    A number alone is none."""
    without_links = _URL.sub(" ", text)
    found = {name.lower(): _words(name) for name in reversed(_HASHTAG.findall(without_links))}
    return tuple(reversed(found.values()))


def _words(name: str) -> str:
    if name.isupper():
        return name.replace("_", " ").strip()
    return " ".join(_CAMEL.sub(" ", name.replace("_", " ")).split())


def html_of(text: str) -> str:
    """A message as HTML: paragraphs, line breaks, addresses linked. Everything else is escaped."""
    blocks = (block.strip() for block in _PARAGRAPHS.split(text.replace("\r\n", "\n").replace("\r", "\n")))
    return "\n".join(f"<p>{_linked(block)}</p>" for block in blocks if block)


def _linked(block: str) -> str:
    pieces, done = [], 0
    for found in _URL.finditer(block):
        address = _trimmed(found[0])
        pieces.append(escape(block[done : found.start()], quote=False))
        target = address if "://" in address else f"http://{address}"
        pieces.append(f'<a href="{escape(target)}">{escape(address, quote=False)}</a>')
        done = found.start() + len(address)
    pieces.append(escape(block[done:], quote=False))
    return "".join(pieces).replace("\n", "<br>")


def _trimmed(address: str) -> str:
    """An address in running text without the punctuation after it; a bracket that it opened is its own."""
    while address and address[-1] in _CLOSING:
        if address[-1] == ")" and address.count("(") >= address.count(")"):
            break
        address = address[:-1]
    return address


def text_of(html: str) -> str:
    """The words of a message that came as HTML, with its line breaks; for ``title_of`` and ``topics_of``
    alone, not for showing."""
    return unescape(_TAG.sub("", _BREAK.sub("\n", html))).strip()


def links_in(text: str) -> tuple[str, ...]:
    """The addresses written in a message, each once, in order."""
    found = (_trimmed(each) for each in _URL.findall(text))
    return tuple(dict.fromkeys(each if "://" in each else f"http://{each}" for each in found if each))


def article_in(urls: Iterable[str], own: Sequence[str] = ()) -> str:
    """The first address that leads away from the network: the article which a message passes on, or empty.

    Args:
        own: hosts of the network itself; their subdomains count as well.
    """
    for url in urls:
        host = _host(url)
        if host and not any(host == each or host.endswith(f".{each}") for each in own):
            return url
    return ""


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        return (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


def join_thread(parts: Sequence[str]) -> str:
    """The HTML of a thread's messages, in order, as one text. A counter such as ``2/5`` at the beginning or
    end of a part goes."""
    counted = re.compile(
        r"(?:(?<=<p>)\(?\d{1,2}/\d{0,2}\)?[.:]?\s*)|(?:\s*\(?\d{1,2}/\d{1,2}\)?(?=</p>\s*$))"
    )
    return "\n".join(counted.sub("", part) if len(parts) > 1 else part for part in parts if part.strip())
