"""A KIM without a site writes: by its secret form, by mail, and what must not get through."""

from __future__ import annotations

import io
from email.message import EmailMessage

import pytest
from PIL import Image

from hub.app import Hub
from hub.errors import ConfigError, Forbidden, NotFound
from hub.model import Actor, Filters, InboxDoors, SearchRequest, Source
from hub.services.inbox import HOURLY
from tests.clock import Clock

ANI = Actor("ani", "administrator")
TAAN = "76.02.02.2010"


@pytest.fixture
def door(hub: Hub) -> Source:
    url = "http://127.0.0.1:8000/desa/76.02.02.2010?kim=Taan"
    return hub.registering.add_site("KIM Taan", url, TAAN, probe=False, connector="inbox").sources[0]


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (10, 120, 90)).save(out, "JPEG")
    return out.getvalue()


def letter(
    to: str, subject: str = "Kerja bakti", text: str = "Warga membersihkan parit.", **headers: str
) -> EmailMessage:
    message = EmailMessage()
    message["From"] = headers.pop("sender", "Pak Rahman <rahman@example.id>")
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = headers.pop("id", "<satu@example.id>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def titles(hub: Hub) -> list[str]:
    hub.harvesting.run(everything=True)
    return [each.title for each in hub.reading.search(SearchRequest(filters=Filters(village=TAAN))).results]


def doors(hub: Hub, source: Source) -> InboxDoors:
    return hub.inbox.doors(source.id)


def key_of(found: InboxDoors) -> str:
    return found.form.rpartition("/")[2]


def test_what_the_form_sent_is_news_of_the_village(hub: Hub, door: Source) -> None:
    source = hub.inbox.behind(key_of(doors(hub, door)))
    assert source.id == door.id
    assert hub.inbox.take(
        source, "Panen padi", "Panen raya\n\nhari Senin.", files=[("a.jpg", photo())], key="f1"
    )
    assert titles(hub) == ["Panen padi"]
    (card,) = hub.reading.search(SearchRequest()).results
    page = hub.reading.post(card.id)
    assert "<p>Panen raya</p>" in page.post.body
    (image,) = page.post.images
    assert image.url.startswith("http://127.0.0.1:8000/kiriman/")
    sha256, name = image.url.split("/")[-2:]
    assert hub.inbox.file(sha256, name).type == "image/jpeg"


def test_sent_twice_is_one(hub: Hub, door: Source) -> None:
    assert hub.inbox.take(door, "Panen padi", "Panen raya.", key="f1")
    assert not hub.inbox.take(door, "Panen padi", "Panen raya.", key="f1")
    assert titles(hub) == ["Panen padi"]
    assert titles(hub) == ["Panen padi"]


def test_it_is_due_at_once(hub: Hub, door: Source, clock: Clock) -> None:
    hub.harvesting.run()
    due = hub.registering.source(door.id).due_at
    assert due is not None
    assert due > clock()
    hub.inbox.take(door, "Panen padi", "Panen raya.", key="f1")
    (harvest,) = hub.harvesting.run().harvests
    assert harvest.new == 1


@pytest.mark.parametrize(
    "key", ["", "1", "1-aaaaaaaaaaaaaaaa", "999999-aaaaaaaaaaaaaaaa", "../1", "1-" + "a" * 500]
)
def test_a_guessed_key_opens_nothing(hub: Hub, door: Source, key: str) -> None:
    with pytest.raises(NotFound):
        hub.inbox.behind(key)


def test_new_locks(hub: Hub, door: Source) -> None:
    old = key_of(doors(hub, door))
    new = hub.inbox.change_locks(door.id, ANI)
    assert hub.inbox.behind(key_of(new)).id == door.id
    with pytest.raises(NotFound):
        hub.inbox.behind(old)
    with pytest.raises(Forbidden):
        hub.inbox.change_locks(door.id, Actor("budi", "approver"))


def test_a_paused_door_is_shut(hub: Hub, door: Source) -> None:
    key = key_of(doors(hub, door))
    hub.registering.pause_source(door.id)
    with pytest.raises(NotFound):
        hub.inbox.behind(key)


def test_another_kind_of_source_has_no_door(hub: Hub, source: Source) -> None:
    with pytest.raises(NotFound):
        hub.inbox.doors(source.id)


def test_everything_that_is_wrong_is_said_at_once(hub: Hub, door: Source) -> None:
    with pytest.raises(ConfigError) as caught:
        hub.inbox.take(door, " ", "\n", author="x" * 101, key="f")
    assert [each.key for each in caught.value.faults] == ["title", "text", "author"]
    with pytest.raises(ConfigError) as caught:
        hub.inbox.take(door, "Judul", "Isi", files=[("a.jpg", b"<script>")], key="f")
    assert [each.key for each in caught.value.faults] == ["attachments"]
    assert titles(hub) == []


def test_a_door_that_got_about_floods_nothing(hub: Hub, door: Source, clock: Clock) -> None:
    for number in range(HOURLY):
        hub.inbox.take(door, f"Judul {number}", "Isi", key=f"f{number}")
    with pytest.raises(ConfigError):
        hub.inbox.take(door, "Satu lagi", "Isi", key="last")
    clock.forward(hours=2)
    assert hub.inbox.take(door, "Satu lagi", "Isi", key="last")


# -- mail ---------------------------------------------------------------------------------------------


def mail_address(hub: Hub, door: Source) -> str:
    return f"kirim+{key_of(doors(hub, door))}@hub.example"


def test_a_mail_is_news(hub: Hub, door: Source) -> None:
    message = letter(
        mail_address(hub, door).upper(), "Fwd: Kerja bakti", "Warga membersihkan parit.\n\n-- \nRahman\n0812"
    )
    message.add_attachment(photo(), maintype="image", subtype="jpeg", filename="parit.jpg")
    assert hub.inbox.take_mail(message.as_bytes())
    assert not hub.inbox.take_mail(message.as_bytes()), "the mail server hands it over again"
    assert titles(hub) == ["Kerja bakti"]
    page = hub.reading.post(hub.reading.search(SearchRequest()).results[0].id)
    assert "0812" not in page.post.text
    assert page.post.author == "Pak Rahman"
    assert len(page.post.images) == 1


def test_a_mail_that_is_html_only(hub: Hub, door: Source) -> None:
    message = letter(mail_address(hub, door))
    message.set_content("<p>Warga <b>membersihkan</b> parit.<script>alert(1)</script></p>", subtype="html")
    hub.inbox.take_mail(message.as_bytes())
    titles(hub)
    page = hub.reading.post(hub.reading.search(SearchRequest()).results[0].id)
    assert "<script" not in page.post.body
    assert "membersihkan" in page.post.text


@pytest.mark.parametrize(
    "headers", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "list"}, {"Return_Path": "<>"}], ids=str
)
def test_what_a_program_sent_is_no_news(hub: Hub, door: Source, headers: dict[str, str]) -> None:
    assert not hub.inbox.take_mail(letter(mail_address(hub, door), **headers).as_bytes())
    assert titles(hub) == []


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00\xff" * 50, b"To: kirim@hub.example\n\nhai", b"From: \xff\nTo: =?x?q?=\n\n"],
    ids=["empty", "noise", "no_key", "broken"],
)
def test_a_mail_to_nobody_of_ours(hub: Hub, door: Source, raw: bytes) -> None:
    with pytest.raises(NotFound):
        hub.inbox.take_mail(raw)


def test_only_the_senders_that_were_named(hub: Hub, door: Source) -> None:
    with hub.store.write() as tx:
        tx.sources.edit(door.id, options={"senders": ["Ketua@Taan.example"]})
    address = mail_address(hub, door)
    with pytest.raises(ConfigError) as caught:
        hub.inbox.take_mail(letter(address).as_bytes())
    assert "rahman@example.id" in str(caught.value)
    assert hub.inbox.take_mail(letter(address, sender="ketua@taan.example").as_bytes())


def test_an_unknown_charset_costs_nothing(hub: Hub, door: Source) -> None:
    raw = letter(mail_address(hub, door)).as_bytes().replace(b'charset="utf-8"', b'charset="x-lontara"')
    assert hub.inbox.take_mail(raw)
    assert titles(hub) == ["Kerja bakti"]


def test_photos_outlive_the_nightly_tidying(hub: Hub, door: Source, clock: Clock) -> None:
    hub.inbox.take(door, "Panen", "Isi", files=[("a.jpg", photo())], key="f")
    clock.forward(days=30)
    hub.upkeep.nightly()
    titles(hub)
    image = hub.reading.post(hub.reading.search(SearchRequest()).results[0].id).post.images[0]
    assert hub.inbox.file(*image.url.split("/")[-2:])
