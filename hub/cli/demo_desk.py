"""The way back in ``kimhub demo``: channels to the villages, a sign-in, a first announcement."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub.cli.frame import tell
from hub.cli.output import line
from hub.errors import HubError, NotFound
from hub.model import Actor, Manuscript

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.testing.district import District, VillageSite

DEMO: Final = Actor("demo")
#: Who may sign in, and where the password is kept.
USER, PASSWORD_FILE = "redaksi", "demo-password"
#: Four kecamatan, in which the sample district has every kind of channel, one that fails, and none.
FIRST_TO = ("kec:76.02.02", "kec:76.02.12", "kec:76.02.13", "kec:76.02.01")
FIRST_TEXT = """\
Pekan imunisasi kejar digelar serentak di **semua posyandu**, pukul 08.00 sampai 11.00 WITA.

- Bayi dan anak sampai 5 tahun yang imunisasinya belum lengkap
- Bawa buku KIA; yang belum punya tetap dilayani
- Tanpa biaya

Bagi warga pulau dan dusun yang jauh, petugas datang pada hari kedua. Tanyakan jadwalnya kepada kader.
"""


@dataclass(frozen=True, slots=True)
class Channel:
    """One target to add; ``works`` tells whether it can be tried at once."""

    publisher: str
    url: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    works: bool = True


def prepare_desk(hub: Hub, district: District, data: Path) -> None:
    """Make announcing possible. What is there since the last start is left alone, save that the password of
    somebody whose file is lost is made anew."""
    _show_the_hubs_feed(hub, district)
    added = sum(_add_targets(hub, district))
    if added:
        line(tell("demo.targets", count=added))
    _let_in(hub, data / PASSWORD_FILE)
    if not hub.noticeboard.list(limit=1):
        number = _announce(hub)
        line(tell("demo.announced", number=number))


def sign_in_line(hub: Hub, data: Path) -> str:
    """How a visitor gets to the desk."""
    password = (data / PASSWORD_FILE).read_text("ascii").strip()
    return tell("demo.sign_in", url=hub.settings.hub.base_url, user=USER, password=password)


def channels(site: VillageSite) -> tuple[Channel, ...]:
    """How announcements reach a sample village, in order of preference; a broken site has none."""
    if site.trouble == "broken":
        return ()
    wordpress = Channel("wordpress", site.url, site.user, site.password, works=site.trouble != "moved")
    if site.desk is not None:
        # who knows only the address that the site has left needs a second way
        return (wordpress,) if wordpress.works else (wordpress, Channel("whatsapp"))
    return (Channel("whatsapp"),) if site.platform == "rss" else (Channel("feed", site.url),)


def _show_the_hubs_feed(hub: Hub, district: District) -> None:
    showing = [site for site in district.sites if channels(site)[:1] == (Channel("feed", site.url),)]
    district.follow(hub.settings.hub.base_url, showing)


def _add_targets(hub: Hub, district: District) -> Iterator[int]:
    by_village = {each.site.village: each.site.id for each in hub.reading.sites()}
    for site in district.sites:
        site_id = by_village.get(site.code)
        if site_id is not None and not hub.targets.list(site_id):
            yield _add(hub, site_id, channels(site))


def _add(hub: Hub, site_id: int, wanted: Iterable[Channel]) -> int:
    added = 0
    for each in wanted:
        with suppress(HubError):  # a village without a channel shows on the board; the demo goes on
            hub.targets.add(
                site_id,
                each.publisher,
                by=DEMO,
                url=each.url,
                user=each.user,
                password=each.password,
                check=each.works,
            )
            added += 1
    return added


def _let_in(hub: Hub, path: Path) -> None:
    """An account with a password of its own, the same at every start."""
    if path.exists() and any(person.name == USER for person in hub.people.list()):
        return
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    try:
        hub.people.set_password(USER, password, by=DEMO)
    except NotFound:
        hub.people.add(USER, password, by=DEMO)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(f"{password}\n")


def _announce(hub: Hub) -> str:
    """The first announcement, with a poster; its number."""
    from hub.testing.district.pictures import Wanted, render

    today = hub.now().astimezone(hub.settings.zone)
    poster = hub.announcing.keep_file(
        "imunisasi.jpg", render(Wanted("posyandu", 1, "jpg")), "Ibu dan balita antre di posyandu"
    )
    made = hub.announcing.announce(
        Manuscript(
            number=f"400.7.7.1/218/{_roman(today.month)}/{today.year}",
            subject="Pekan imunisasi kejar di semua posyandu",
            to=FIRST_TO,
            text=FIRST_TEXT,
            date=today.date(),
            agency="Dinas Kesehatan",
            contact="Puskesmas terdekat, setiap hari kerja 08.00 sampai 14.00 WITA",
            attachments=(poster,),
        ),
        DEMO,
    )
    return made.number


def _roman(month: int) -> str:
    return ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")[month - 1]
