"""What a forwarded link is shown with: the page's picture, or a card drawn for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hub.model import Announcement, Framed, ShareCard
from hub.model.view import PostPage
from web import current
from web.notices import wording

CARD_SIZE: Final = (1200, 630)
#: A picture as programs get it is at most so wide.
_WIDTH: Final = 960
#: Smaller pictures (logos, seals) say less than the title.
_WORTH: Final = 300


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture for a link: absolute address, size where known, what it shows."""

    url: str
    width: int | None
    height: int | None
    alt: str


def of_post(page: PostPage) -> Preview:
    """The first picture of a post that can be had, else its card."""
    frames = (current.hub().pictures.frame(each) for each in page.post.images)
    return _of(frames) or _drawn(f"/berita/{page.post.id}/kartu.png", post_card(page))


def of_announcement(announcement: Announcement) -> Preview:
    """The card: the word for how urgent it is must be on it."""
    path = f"/pengumuman/{announcement.id}/kartu.png"
    return _drawn(path, announcement_card(announcement))


def post_card(page: PostPage) -> ShareCard:
    say, post = current.say(), page.post
    when = post.sort_at if post.date_doubtful else (post.published or post.first_seen)
    place = f"{say.place(page.village)} · {say.place(page.kecamatan)}"
    return ShareCard(current.hub().settings.hub.name, post.title, place, say.day(when))


def announcement_card(announcement: Announcement) -> ShareCard:
    say = current.say()
    return ShareCard(
        current.hub().settings.hub.name,
        announcement.subject,
        wording.issuer(announcement),
        say.day(announcement.date),
        alarm=say.t(f"nature.{announcement.nature}") if announcement.urgent else "",
    )


def _of(frames: Iterable[Framed | None]) -> Preview | None:
    for framed in frames:
        if framed is None or (framed.width and framed.width < _WORTH):
            continue
        width, height = framed.width, framed.height
        if width and height and width > _WIDTH:
            width, height = _WIDTH, round(height * _WIDTH / width)
        return Preview(current.absolute(framed.preview), width, height, framed.alt)
    return None


def _drawn(path: str, card: ShareCard) -> Preview:
    address = current.paths().to(path, {"v": card.digest})
    return Preview(current.absolute(address), *CARD_SIZE, alt=card.title)
