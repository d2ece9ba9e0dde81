"""What publishing systems do to a body that its readers should not suffer from.

``renamed`` and ``reshaped`` go before the sanitisers: headings step down, elements with a plain equal take
its name, pictures that wait for a script get their address, embedded players become links. ``tidied`` goes
after nh3 and relies on its regular output (lower-case names, attributes in double quotes, no ``<`` or
``>`` in values). Neither has a say in safety.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Final
from urllib.parse import parse_qs, urlsplit

import nh3

from hub.text.markup import names
from hub.text.policy import DROPPED, POLICY, SCHEMES

#: Elements under a plain name: those with an equal, those that we do not tell apart, and those inside
#: which the rules of parsing change, which is what payloads against two parsers live on.
_RENAMED: Final[dict[str, str]] = {
    "h1": "h2",
    "strike": "s",
    "tt": "code",
    "dir": "ul",
    **dict.fromkeys(names("svg math select template frameset"), "span"),
} | dict.fromkeys(names("section article main header footer aside nav center address fieldset form"), "div")
_RENAME: Final = re.compile(rf"<(/?)({'|'.join(_RENAMED)})(?=[\s/>])", re.IGNORECASE | re.ASCII)
#: Attributes in which lazy loaders keep the real address, best first.
_LAZY: Final = (
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-orig-file",
    "data-full-url",
    "data-srcset",
)
#: Signs of players and of addresses to work on, looked for in lower case.
_PLAYER_MARK: Final = re.compile("<(?:iframe|video|audio)")
_WAITING_MARKS: Final = ("data-src", "data-lazy", "data-original", 'src="data:', "src='data:", "placeholder")
_PLACEHOLDER: Final = re.compile(
    r"^data:|/(?:blank|placeholder|spacer|transparent|pixel|lazy|loading|1x1|grey|loader)[\w.-]*\.(?:gif|png|svg)",
    re.IGNORECASE,
)
_PLAYERS: Final = frozenset({"iframe", "video", "audio"})
#: The policy and, for as long as it takes to look at them, players and waiting addresses.
_WIDE: Final = nh3.Cleaner(
    tags={*POLICY, *_PLAYERS, "source"},
    attributes={
        **{tag: set(checks) for tag, checks in POLICY.items()},
        **{tag: {"src", *_LAZY} for tag in (*_PLAYERS, "source")},
        "img": {*POLICY["img"], *_LAZY, "srcset"},
    },
    clean_content_tags=set(DROPPED - _PLAYERS),
    url_schemes={*SCHEMES, "data"},
    url_relative="pass_through",
    link_rel=None,
)
_IMG: Final = re.compile(r"<img( [^>]*)?>")
_PLAYER: Final = re.compile(r"<(iframe|video|audio)( [^>]*)?>(.*?)</\1>", re.DOTALL)
_SRC: Final = re.compile(r' src="([^"]*)"')
_ATTRIBUTE: Final = re.compile(r' ([a-z-]+)="([^"]*)"')


def renamed(html: str) -> str:
    """``html`` without headings of the first level and without elements that change how the rest is
    parsed. Not yet safe."""
    if not _RENAME.search(html):
        return html
    return _RENAME.sub(lambda match: f"<{match[1]}{_RENAMED[match[2].lower()]}", html)


def reshaped(html: str) -> str:
    """``html`` with what needs a script to show replaced by what does not. Not yet safe."""
    lower = html.lower()
    if (
        _PLAYER_MARK.search(lower)
        or lower.count("<img") > lower.count(" src=")
        or any(mark in lower for mark in _WAITING_MARKS)
    ):
        return _PLAYER.sub(_player_link, _IMG.sub(_loaded, _WIDE.clean(html)))
    return html


def _attributes(tag: str | None) -> dict[str, str]:
    found: list[tuple[str, str]] = _ATTRIBUTE.findall(tag or "")
    return dict(found)


def _loaded(match: re.Match[str]) -> str:
    """An image with its real address in ``src``."""
    found = _attributes(match[1])
    source = found.get("src", "")
    if not source or _PLACEHOLDER.search(source):
        waiting = (found.get(name, "") for name in (*_LAZY, "srcset"))
        real = (_largest(value) for value in waiting if value and not value.startswith("data:"))
        source = next(real, source)
    return f'<img src="{source}"{_written(found, "alt", "title", "width", "height")}>'


def _written(found: dict[str, str], *names: str) -> str:
    return "".join(f' {name}="{found[name]}"' for name in names if name in found)


def _largest(srcset: str) -> str:
    """The address of the widest picture in a ``srcset``; a plain address is its own answer."""
    best, width = "", -1.0
    for candidate in re.split(r",\s+", srcset):
        address, _, size = candidate.strip().partition(" ")
        number = float(size[:-1]) if re.fullmatch(r"\d{1,6}(?:\.\d{1,4})?[wx]", size) else 0.0
        if address and number > width:
            best, width = address, number
    return best


def _player_link(match: re.Match[str]) -> str:
    found = _attributes(match[2])
    source = next((found[name] for name in ("src", *_LAZY) if found.get(name)), "")
    if not source and match[1] != "iframe" and (inner := _SRC.search(match[3])):
        source = inner[1]
    page = _page_of(unescape(source)) if match[1] == "iframe" else unescape(source)
    if not page:
        return " "
    shown = re.sub(r"^(?:https?:)?//(?:www\.)?", "", page)
    return f'<p><a href="{escape(page)}">{escape(shown)}</a></p>'


def _page_of(embed: str) -> str:
    """The page that people would open for an embedded player's address; empty for other frames."""
    try:
        parts = urlsplit(embed.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    if host in ("youtube.com", "youtube-nocookie.com") and parts.path.startswith("/embed/"):
        video = parts.path.removeprefix("/embed/").strip("/")
        listed = parse_qs(parts.query).get("list", [""])[0]
        if video == "videoseries" and listed:
            return f"https://www.youtube.com/playlist?list={listed}"
        return f"https://www.youtube.com/watch?v={video}" if re.fullmatch(r"[\w-]{6,20}", video) else ""
    if host == "facebook.com" and parts.path.startswith("/plugins/"):
        target = parse_qs(parts.query).get("href", [""])[0]
        return target if target.startswith(("https://", "http://")) else ""
    if host in ("docs.google.com", "drive.google.com"):
        target = parse_qs(parts.query).get("url", [""])[0]
        return target if target.startswith(("https://", "http://")) else embed.strip()
    return ""


# -- after nh3 ---------------------------------------------------------------------------------------

_EMPTY: Final = re.compile(r"<(p|div|h[2-6]|figure|figcaption|ul|ol)>(?:\s|&nbsp;|<br>)*+</\1>")
#: White space that no browser shows. The less of it, the less there is to parse.
_AFTER_BLOCK: Final = re.compile(
    r"(</(?:p|div|h[2-6]|figure|figcaption|ul|ol|li|dl|blockquote|table|tbody|thead|tr|td|th)>|<(?:ul|ol|table|tr|br|hr)>)\s+"
)
_BARE_LINK: Final = re.compile(r'<a(?: title="[^"]*")?>(.*?)</a>', re.DOTALL)


def tidied(html: str) -> str:
    """``html`` from nh3 with regular images and without tracking pixels, empty paragraphs, and links that
    lead nowhere."""
    if "<img" in html:
        html = _IMG.sub(_regular_image, html)
    for pattern, instead in ((_BARE_LINK, r"\1"), (_EMPTY, "\n")):
        removed = 1
        while removed:  # what was nested comes to light
            html, removed = pattern.subn(instead, html)
    return _AFTER_BLOCK.sub(r"\1", html).strip()


def _regular_image(match: re.Match[str]) -> str:
    found = _attributes(match[1])
    if not found.get("src") or found.get("width") == "1" or found.get("height") == "1":
        return ""
    known = _written(found, "title", "width", "height")
    return f'<img src="{found["src"]}" alt="{found.get("alt", "")}"{known}>'
