"""A public channel as its preview shows it to everybody: ``https://t.me/s/name``.

About 20 messages a page, an album as one; ``?before=`` leads back. The owner, or Telegram, can switch the
preview off: the channel lives, but nothing is to be read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from hub.spec import (
    Blocked,
    Context,
    FetchError,
    Image,
    Message,
    ParseError,
    RemoteError,
    Response,
    Validators,
    get_page,
    text_of,
    title_of,
)

BASE: Final = "https://t.me"
HOSTS: Final = ("t.me", "telegram.me", "telegram.dog")
_NAME: Final = re.compile(r"[A-Za-z]\w{3,31}", re.ASCII)
#: First parts of paths that name no channel.
_NO_NAME: Final = ("share", "joinchat", "addstickers", "addemoji", "proxy", "socks", "login", "iv", "contact")
_BACKGROUND: Final = re.compile(r"background-image:\s*url\(\s*['\"]?([^'\")]{1,2000})['\"]?\s*\)")
_EMOJI: Final = re.compile(r"<i class=\"emoji\"[^<>]*>\s*<b>([^<>]*)</b>\s*</i>")
_SEARCH: Final = re.compile(r"<a href=\"\?q=[^\"<>]*\"[^<>]*>([^<>]*)</a>")
_PARAGRAPH: Final = re.compile(r"(?:<br\s*/?>\s*){2,}")
_PHOTOS: Final = "tgme_widget_message_photo_wrap"
_STILLS: Final = ".tgme_widget_message_video_thumb, .tgme_widget_message_roundvideo_thumb"


@dataclass(frozen=True, slots=True)
class Preview:
    """``messages`` newest first, as nodes with their numbers."""

    title: str
    messages: tuple[tuple[int, LexborNode], ...]
    response: Response


def name_of(url: str) -> str:
    """The channel that an address of Telegram's names, or empty."""
    parts = urlsplit(url)
    steps = parts.path.strip("/").split("/")
    if (parts.hostname or "").lower().removeprefix("www.") not in HOSTS:
        return ""
    name = steps[1] if steps[0] == "s" and len(steps) > 1 else steps[0]
    return name if _NAME.fullmatch(name) and name.lower() not in _NO_NAME else ""


def get_preview(ctx: Context, name: str, before: str = "", *, since: Validators | None = None) -> Preview:
    """One page.

    Raises:
        Blocked: ``not_public``: the preview is off.
        FetchError: ``bad_url``: there is no such channel.
        RemoteError: all else.
    """
    url = f"{BASE}/s/{name}" + (f"?before={before}" if before else "")
    response = get_page(ctx.http, url, since=since, accept="text/html")
    if response.unchanged and since is not None:
        return Preview("", (), response)
    tree = LexborHTMLParser(response.text())
    if tree.css_first(".tgme_channel_info, .tgme_channel_history") is None:
        raise _not_shown(tree, name)
    if b"</html>" not in response.body[-1000:]:
        raise ParseError("not_a_feed", "the page was cut off on its way")
    title = tree.css_first(".tgme_channel_info_header_title")
    found = dict(_messages(tree, name))
    ordered = tuple(sorted(found.items(), key=lambda each: -each[0]))
    return Preview(_words(title), ordered, response)


def _not_shown(tree: LexborHTMLParser, name: str) -> RemoteError:
    """Why the address leads to the channel's card, or elsewhere."""
    if tree.css_first(".tgme_page") is None:
        return ParseError("not_a_feed", "the answer is no page of Telegram's")
    extra = _words(tree.css_first(".tgme_page_extra")).lower()
    if "subscriber" in extra:
        detail = f"the channel {name} lives, but its public preview is switched off; connector telegram-bot"
        return Blocked("not_public", f"{detail} can read it", permanent=True)
    if "member" in extra:
        return FetchError("bad_url", f"{name} is a group; only channels have a public page", permanent=True)
    return FetchError("bad_url", f"Telegram knows no channel {name}", permanent=True)


def _messages(tree: LexborHTMLParser, name: str) -> Iterator[tuple[int, LexborNode]]:
    for node in tree.css(".tgme_widget_message[data-post]"):
        channel, _, number = (node.attributes.get("data-post") or "").rpartition("/")
        service = "service_message" in (node.attributes.get("class") or "").split()
        if channel.lower() == name.lower() and number.isdecimal() and not service:
            yield int(number), node


def is_passed_on(node: LexborNode, name: str) -> bool:
    """Forwarded from elsewhere."""
    if node.css_first(".tgme_widget_message_forwarded_from") is None:
        return False
    source = node.css_first("a.tgme_widget_message_forwarded_from_name")
    return name_of((source.attributes.get("href") if source else "") or "").lower() != name.lower()


def to_message(number: int, node: LexborNode, name: str, ctx: Context) -> Message:
    """A message. Views and reactions are left out: they change all the time and are no news."""
    words = node.css_first(".tgme_widget_message_text.js-message_text")
    date = node.css_first(".tgme_widget_message_date time[datetime], time[datetime]")
    html = _html(words)
    forwarded = is_passed_on(node, name)
    return Message(
        f"{BASE}/{name}/{number}",
        link=f"{BASE}/{name}/{number}",
        html=html + "".join(_extras(node)),
        text=text_of(html) or _words(node.css_first(".tgme_widget_message_poll_question")),
        title="" if html else title_of(_words(node.css_first(".tgme_widget_message_document_title"))),
        published=ctx.parse_date((date.attributes.get("datetime") if date else "") or ""),
        author=_words(node.css_first(".tgme_widget_message_forwarded_from_name")) if forwarded else "",
        links=tuple(dict.fromkeys(_links(node, words))),
        images=tuple(dict.fromkeys(_images(node))),
    )


def _html(words: LexborNode | None) -> str:
    """The text as HTML: emoji are characters, hashtags are words, empty lines part paragraphs."""
    if words is None:
        return ""
    inner = (words.html or "").partition(">")[2].rpartition("<")[0]
    inner = _SEARCH.sub(r"\1", _EMOJI.sub(r"\1", inner))
    blocks = (block.strip() for block in _PARAGRAPH.split(inner))
    return "\n".join(f"<p>{block}</p>" for block in blocks if block)


def _extras(node: LexborNode) -> Iterator[str]:
    """A poll's choices, the names of files, and what the message answers."""
    options = [_words(each) for each in node.css(".tgme_widget_message_poll_option_text")]
    if options:
        question = escape(_words(node.css_first(".tgme_widget_message_poll_question")), quote=False)
        choices = "".join(f"<li>{escape(each, quote=False)}</li>" for each in options)
        yield f"\n<p>{question}</p><ul>{choices}</ul>"
    for wrap in node.css("a.tgme_widget_message_document_wrap"):
        shown = escape(_words(wrap.css_first(".tgme_widget_message_document_title")), quote=False)
        yield f'\n<p><a href="{escape(wrap.attributes.get("href") or "")}">{shown}</a></p>'
    reply = node.css_first("a.tgme_widget_message_reply")
    if reply is not None:
        shown = title_of(_words(reply.css_first(".js-message_reply_text"))) or "..."
        link = escape(reply.attributes.get("href") or "")
        yield f'\n<blockquote><a href="{link}">{escape(shown, quote=False)}</a></blockquote>'


def _links(node: LexborNode, words: LexborNode | None) -> Iterator[str]:
    """The card's address first, then those in the text, then buttons."""
    card = node.css("a.tgme_widget_message_link_preview[href]")
    written = words.css("a[href]") if words else []
    buttons = node.css("a.tgme_widget_message_inline_button[href]")
    for each in (*card, *written, *buttons):
        if (url := each.attributes.get("href") or "").startswith(("http://", "https://")):
            yield url


def _images(node: LexborNode) -> Iterator[Image]:
    """The photos, also those of an album, and stills of films; without them the card's picture."""
    photos = [*node.css(f".{_PHOTOS}"), *node.css(_STILLS)]
    for each in photos or node.css(".link_preview_image, .link_preview_right_image"):
        found = _BACKGROUND.search(each.attributes.get("style") or "")
        if found and found[1].startswith(("http://", "https://")):
            yield Image(found[1])


def _words(node: LexborNode | None) -> str:
    return " ".join(node.text().split()) if node else ""
