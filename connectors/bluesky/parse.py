"""A post as the network's view gives it, read into a message."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from connectors.bluesky.client import WEB
from hub.spec import (
    Context,
    Enclosure,
    Image,
    Message,
    Raw,
    html_of,
    links_in,
    mapping_in,
    mappings_in,
    text_in,
)

_POST = "app.bsky.feed.post"


def is_repost(item: Raw) -> bool:
    """Passed on by the account; a pinned post has a ``reason`` too and is its own."""
    return text_in(mapping_in(item, "reason"), "$type").endswith("#reasonRepost")


def author_of(uri: str) -> str:
    """The DID in a post's address (``at://did/collection/key``)."""
    return uri.removeprefix("at://").partition("/")[0]


def parent_of(post: Raw) -> str:
    return text_in(mapping_in(mapping_in(mapping_in(post, "record"), "reply"), "parent"), "uri")


def is_reply_to_others(post: Raw) -> bool:
    """Also what one says to oneself in another's thread."""
    reply, author = mapping_in(mapping_in(post, "record"), "reply"), author_of(text_in(post, "uri"))
    ends = (text_in(mapping_in(reply, name), "uri") for name in ("parent", "root"))
    return any(author_of(uri) != author for uri in ends if uri)


def to_message(post: Raw, ctx: Context, *, passed_on: bool = False) -> Message:
    """A ``postView``. What was passed on is its author's."""
    record, uri = mapping_in(post, "record"), text_in(post, "uri")
    author, words = mapping_in(post, "author"), text_in(record, "text")
    features = list(_features(record))
    embeds = list(_embeds(mapping_in(post, "embed") or mapping_in(record, "embed")))
    parent = parent_of(post)
    return Message(
        uri,
        link=_page(uri, author_of(uri)),
        html=_html(words, features) + "".join(_quoted(each) for each in embeds),
        text=words,
        published=ctx.parse_date(text_in(record, "createdAt") or text_in(post, "indexedAt")),
        author=text_in(author, "displayName") or text_in(author, "handle") if passed_on else "",
        language=next((each for each in _texts(record, "langs")), ""),
        links=_links(words, features, embeds),
        topics=(*(tag for *_, kind, tag in features if kind == "tag"), *_texts(record, "tags")),
        images=tuple(image for each in embeds for image in _images(each)),
        enclosures=tuple(_videos(embeds)),
        parent=parent if author_of(parent) == author_of(uri) and not passed_on else "",
    )


def _page(uri: str, actor: str) -> str:
    """Where people read it; named by DID, which stays when the handle moves."""
    parts = uri.removeprefix("at://").split("/")
    return f"{WEB}/profile/{actor}/post/{parts[2]}" if len(parts) == 3 and parts[1] == _POST else ""


# -- text -------------------------------------------------------------------------------------------


def _features(record: Raw) -> Iterator[tuple[int, int, str, str]]:
    """Begin and end in bytes of UTF-8, kind (``link``, ``tag``, ``mention``) and what it names."""
    size = len(text_in(record, "text").encode("utf-8", "surrogatepass"))
    for facet in mappings_in(record, "facets"):
        start, end = (mapping_in(facet, "index").get(name) for name in ("byteStart", "byteEnd"))
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= size):
            continue
        for feature in mappings_in(facet, "features"):
            kind = text_in(feature, "$type").rpartition("#")[2]
            named = {"link": "uri", "tag": "tag", "mention": "did"}.get(kind)
            if named and text_in(feature, named):
                yield start, end, kind, text_in(feature, named)


def _html(words: str, features: list[tuple[int, int, str, str]]) -> str:
    """Links where the facets say; the shown text of one is often shortened. Everything else is text."""
    data, done, pieces = words.encode("utf-8", "surrogatepass"), 0, list[str]()
    for start, end, kind, named in sorted(features):
        if kind == "tag" or start < done:
            continue
        url = f"{WEB}/profile/{named}" if kind == "mention" else named
        pieces.append(escape(_decoded(data[done:start]), quote=False))
        shown = escape(_decoded(data[start:end]), quote=False)
        pieces.append(f'<a href="{escape(url)}">{shown}</a>' if url.startswith("http") else shown)
        done = end
    if not pieces:
        return html_of(words)
    pieces.append(escape(_decoded(data[done:]), quote=False))
    blocks = "".join(pieces).replace("\r\n", "\n").split("\n\n")
    return "\n".join(f"<p>{block.strip().replace(chr(10), '<br>')}</p>" for block in blocks if block.strip())


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _links(words: str, features: list[tuple[int, int, str, str]], embeds: list[Raw]) -> tuple[str, ...]:
    cards = [text_in(mapping_in(each, "external"), "uri") for each in embeds]
    linked = [named for *_, kind, named in features if kind == "link"]
    return tuple(dict.fromkeys(each for each in (*cards, *linked, *links_in(words)) if each))


# -- what is attached -------------------------------------------------------------------------------


def _embeds(embed: Raw) -> Iterator[Raw]:
    """The parts of an embed: a quotation and what was attached beside it come as one."""
    if "recordWithMedia" in text_in(embed, "$type"):
        yield mapping_in(embed, "media")
        yield mapping_in(embed, "record")
    elif embed:
        yield embed


def _images(embed: Raw) -> Iterator[Image]:
    for each in mappings_in(embed, "images"):
        if url := text_in(each, "fullsize") or text_in(each, "thumb"):
            size = mapping_in(each, "aspectRatio")
            yield Image(url, text_in(each, "alt"), _pixels(size, "width"), _pixels(size, "height"))
    thumb = text_in(embed, "thumbnail") or text_in(mapping_in(embed, "external"), "thumb")
    if thumb.startswith("http"):
        yield Image(thumb, text_in(embed, "alt") or text_in(mapping_in(embed, "external"), "title"))


def _pixels(size: Raw, name: str) -> int | None:
    # a ratio may be given as 16:9
    value = size.get(name)
    return value if isinstance(value, int) and 100 <= value < 100_000 else None


def _videos(embeds: list[Raw]) -> Iterator[Enclosure]:
    for each in embeds:
        if (url := text_in(each, "playlist")).startswith("http"):
            yield Enclosure(url, "application/vnd.apple.mpegurl")


def _quoted(embed: Raw) -> str:
    """A quoted post, with whose it is; and an external card as a link."""
    external = mapping_in(embed, "external")
    if text_in(external, "uri").startswith("http"):
        shown = escape(text_in(external, "title") or text_in(external, "uri"), quote=False)
        return f'\n<p><a href="{escape(text_in(external, "uri"))}">{shown}</a></p>'
    record = mapping_in(embed, "record")
    words = text_in(mapping_in(record, "value"), "text")
    if not words:
        return ""
    author, uri = mapping_in(record, "author"), text_in(record, "uri")
    name = escape(text_in(author, "displayName") or text_in(author, "handle") or "Bluesky", quote=False)
    page = _page(uri, author_of(uri))
    whose = f'<p><a href="{escape(page)}">{name}</a></p>' if page else ""
    return f"\n<blockquote>{html_of(words)}{whose}</blockquote>"


def _texts(raw: Raw, name: str) -> tuple[str, ...]:
    value = raw.get(name)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
