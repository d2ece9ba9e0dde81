"""Pictures of villages: what the portal makes of them, whom it asks, how little room it needs."""

from __future__ import annotations

import io
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from hub.app import Hub, open_hub
from hub.config import build
from hub.errors import NotFound, RemoteError
from hub.model import Image, Raster, SafeHtml, ShareCard
from hub.services.darkroom import FRESH
from hub.services.pictures import Pictures
from hub.store.pictures import BLOCK, PictureFiles
from hub.testing.bench_pictures import photo
from hub.testing.district import District
from hub.text.raster import BUDGETS, MAX_PIXELS, NotRaster, shrink
from hub.text.sanitise import sanitise
from hub.text.share_card import draw
from tests.clock import Clock
from tests.http.villages import Canary, Line, Seen, Village, redirect, reply, serving

HOST = "127.10.45.1"
NETWORK = "127.10.45.0/24"


def jpeg(width: int = 1200, height: int = 800, colour: str = "#2a7f6f", **options: Any) -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", (width, height), colour).save(out, "JPEG", **options)
    return out.getvalue()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(tmp_path: Path, clock: Clock) -> Iterator[Hub]:
    hub = open_hub(settings(tmp_path), now=clock)
    yield hub
    hub.close()


def settings(folder: Path, **pictures: Any) -> Any:
    return build(
        {
            "network": {"allow_private": [NETWORK]},
            "pictures": {"timeout": 1.0, **pictures},
            "web": {"threads": 4},
        },
        root=folder,
    )


@contextmanager
def opened(chosen: Any) -> Iterator[Hub]:
    hub = open_hub(chosen)
    try:
        yield hub
    finally:
        hub.close()


def parts(pictures: Pictures, url: str, form: str = "640") -> tuple[str, str, str]:
    """Signature, form and wrapped address as a browser sends them."""
    framed = pictures.frame(Image(url))
    assert framed is not None
    _, _, signature, _, wrapped = framed.src.split("/")
    return signature, form, wrapped


def size(body: bytes) -> tuple[int, int]:
    with Pillow.open(io.BytesIO(body)) as picture:
        return picture.size


# -- what is made of a picture ----------------------------------------------------------------------


def test_a_photo_of_three_megabytes_becomes_sixty_kilobytes() -> None:
    content = photo()
    assert 2_800_000 < len(content) < 3_300_000
    made = shrink(content, BUDGETS)
    assert {width: (each.width, each.height) for width, each in made.items()} == {
        960: (960, 640),
        640: (640, 427),
        208: (208, 208),
    }
    assert all(len(each.body) <= BUDGETS[width] for width, each in made.items())
    assert len(made[640].body) <= 60_000
    assert size(made[640].body) == (640, 427)


def test_pure_noise_stays_within_the_budget_too() -> None:
    noise = Pillow.merge("RGB", [Pillow.effect_noise((1500, 1000), 128) for _ in range(3)])
    out = io.BytesIO()
    noise.save(out, "PNG")
    assert len(shrink(out.getvalue(), [640])[640].body) <= BUDGETS[640]


def test_a_photo_stands_upright_and_tells_nothing_of_its_camera() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # held upright
    exif[0x010F] = "Kamera Pak Desa"
    made = shrink(jpeg(1200, 800, exif=exif), [640])[640]
    assert (made.width, made.height) == (640, 960)
    with Pillow.open(io.BytesIO(made.body)) as picture:
        assert not picture.getexif()
    assert b"Kamera" not in made.body


def test_a_small_picture_is_not_made_larger() -> None:
    made = shrink(jpeg(200, 100), [640])[640]
    assert (made.width, made.height) == (200, 100)


def test_a_card_has_the_middle_as_a_square() -> None:
    """Of a small picture as much as there is."""
    wide = Pillow.new("RGB", (900, 300), "white")
    wide.paste((168, 50, 45), (300, 0, 600, 300))
    out = io.BytesIO()
    wide.save(out, "PNG")
    with Pillow.open(io.BytesIO(shrink(out.getvalue(), [208])[208].body)) as picture:
        assert picture.size == (208, 208)
        for at in ((4, 4), (203, 4), (4, 203), (203, 203)):
            red, green, _ = picture.convert("RGB").getpixel(at)
            assert red > 2 * green, at
    small = shrink(jpeg(200, 100), [208])[208]
    assert (small.width, small.height) == (100, 100)


def test_a_strip_is_made_narrow_rather_than_endless() -> None:
    made = shrink(jpeg(600, 6000), [640])[640]
    assert made.height == 3 * 640
    assert made.width == 192


def test_a_drawing_without_ground_stands_on_white() -> None:
    drawing = Pillow.new("RGBA", (300, 300), (0, 0, 0, 0))
    ImageDraw.Draw(drawing).line((0, 150, 300, 150), fill="black", width=20)
    out = io.BytesIO()
    drawing.save(out, "PNG")
    with Pillow.open(io.BytesIO(shrink(out.getvalue(), [208])[208].body)) as picture:
        assert picture.mode == "RGB"
        assert min(picture.getpixel((10, 10))) > 245


def test_of_an_animation_the_first_frame_is_shown() -> None:
    frames = [Pillow.new("RGB", (400, 300), colour) for colour in ("#a8322d", "#0b5a5e")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100)
    with Pillow.open(io.BytesIO(shrink(out.getvalue(), [208])[208].body)) as picture:
        assert getattr(picture, "n_frames", 1) == 1
        red, green, _ = picture.convert("RGB").getpixel((50, 50))
        assert red > 2 * green


def bomb() -> bytes:
    """A few kilobytes that decode to more pixels than anybody's camera has."""
    out = io.BytesIO()
    Pillow.new("1", (MAX_PIXELS // 5000 + 1, 5000)).save(out, "PNG")
    return out.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
REFUSED = {
    "svg": SVG,
    "html": b"<!doctype html><title>404</title><h1>Tidak ada</h1>",
    "empty": b"",
    "cut": jpeg()[:400],
    "pdf": b"%PDF-1.7\n%%EOF",
    "bomb": bomb(),
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\nshowpage\n",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_raster_picture_is_refused(kind: str) -> None:
    with pytest.raises(NotRaster):
        shrink(REFUSED[kind], [640])


# -- addresses --------------------------------------------------------------------------------------


def test_only_signed_addresses_are_known(hub: Hub) -> None:
    with serving(lambda _: reply(jpeg()), HOST) as village:
        url = f"{village.url}foto.jpg"
        signature, form, wrapped = parts(hub.pictures, url)
        other = parts(hub.pictures, f"{village.url}lain.jpg")[2]
        for wrong in (
            ("A" * 16, form, wrapped),
            ("", form, wrapped),
            (signature, "641", wrapped),
            (signature, "", wrapped),
            (signature, form, other),
            (signature, form, wrapped[:-1]),
            (signature, form, wrapped + "é"),
            (signature, form, "!"),
        ):
            with pytest.raises(NotFound):
                hub.pictures.kept(*wrong)
            with pytest.raises(NotFound):
                hub.pictures.made(*wrong)
        assert village.seen == []
        assert hub.pictures.made(signature, form, wrapped).width == 640


def test_another_hub_signs_otherwise(hub: Hub, tmp_path: Path) -> None:
    with opened(settings(tmp_path / "other")) as other, pytest.raises(NotFound):
        hub.pictures.kept(*parts(other.pictures, "http://desa.example/a.jpg"))


def test_an_internal_address_is_refused_though_signed(hub: Hub) -> None:
    with Canary() as canary:
        for url in (f"http://127.0.0.1:{canary.port}/a.png", f"http://localhost:{canary.port}/a.png"):
            asked = parts(hub.pictures, url)
            with pytest.raises(NotFound, match="blocked_address"):
                hub.pictures.made(*asked)
        assert canary.touched == []


def test_a_redirect_to_an_internal_address_is_refused(hub: Hub) -> None:
    with (
        Canary() as canary,
        serving(lambda _: redirect(f"http://127.0.0.1:{canary.port}/metadata"), HOST) as village,
    ):
        with pytest.raises(NotFound, match="blocked_address"):
            hub.pictures.made(*parts(hub.pictures, f"{village.url}foto.jpg"))
        assert len(village.seen) == 1
        assert canary.touched == []


# -- fetching ---------------------------------------------------------------------------------------


def test_a_picture_is_fetched_once_for_all_its_forms(hub: Hub) -> None:
    with serving(lambda _: reply(jpeg()), HOST) as village:
        asked = parts(hub.pictures, f"{village.url}foto.jpg")
        assert hub.pictures.kept(*asked) is None
        for form, width in (("208", 208), ("640", 640), ("960", 960)):
            assert size(hub.pictures.made(asked[0], form, asked[2]).body)[0] == width
        preview = hub.pictures.made(asked[0], "960.jpg", asked[2])
        with Pillow.open(io.BytesIO(preview.body)) as picture:
            assert (picture.format, picture.size) == ("JPEG", (960, 640))
        kept = hub.pictures.kept(*asked)
        assert kept is not None
        assert kept.width == 640
        assert len(village.seen) == 1
        assert "image/webp" in village.seen[0].headers["accept"]


@pytest.mark.parametrize(
    ("answer", "why", "lasts"),
    [
        (lambda _: reply(SVG, content_type="image/svg+xml"), "not_a_picture", 86000),
        (lambda _: reply(REFUSED["html"], content_type="image/jpeg"), "not_a_picture", 86000),
        (lambda _: reply(bomb(), content_type="image/png"), "not_a_picture", 86000),
        (lambda _: reply(REFUSED["html"], "404 Not Found"), "http_4xx", 7000),
        (lambda _: reply(REFUSED["html"], "500 Oops"), "http_5xx", 1700),
        (lambda _: reply(b"", "429 Slow down", retry_after="3600"), "rate_limited", 3500),
        (lambda _: reply(b"x" * 300_000), "too_large", 86000),
    ],
    ids=["svg", "html", "bomb", "404", "500", "429", "huge"],
)
def test_a_failure_is_remembered_for_a_while(
    tmp_path: Path, clock: Clock, answer: Callable[[Seen], bytes], why: str, lasts: float
) -> None:
    answers = [answer]
    hub = open_hub(settings(tmp_path, max_bytes=200_000), now=clock)
    with serving(lambda seen: answers[0](seen), HOST) as village:
        image = Image(f"{village.url}foto.jpg")
        asked = parts(hub.pictures, image.url)
        for _ in range(3):
            with pytest.raises(NotFound, match=why):
                hub.pictures.made(*asked)
            with pytest.raises(NotFound, match=why):
                hub.pictures.kept(*asked)
        assert len(village.seen) == 1
        assert hub.pictures.frame(image) is None, "a page would show a hole"
        clock.forward(seconds=lasts)
        assert hub.pictures.frame(image) is None
        clock.forward(seconds=500)
        answers[0] = lambda _: reply(jpeg())
        assert hub.pictures.frame(image) is not None
        if why != "rate_limited":  # the client itself leaves the host alone, by the real clock
            assert hub.pictures.made(*asked).width == 640
    hub.close()


def test_a_slow_server_is_waited_for_no_longer_than_its_deadline(hub: Hub) -> None:
    def drip(line: Line) -> None:
        line.request()
        line.drip(reply(jpeg()))

    with Village(drip, HOST) as village, pytest.raises(NotFound, match="timeout"):
        hub.pictures.made(*parts(hub.pictures, f"{village.url}foto.jpg"))


def test_an_old_picture_is_looked_at_again(hub: Hub, clock: Clock) -> None:
    answer = [reply(jpeg())]
    with serving(lambda _: answer[0], HOST) as village:
        asked = parts(hub.pictures, f"{village.url}foto.jpg")
        hub.pictures.made(*asked)
        clock.forward(seconds=FRESH + 1)
        assert hub.pictures.kept(*asked) is None
        answer[0] = reply(status="503 Busy")
        assert hub.pictures.made(*asked).width == 640, "a server that is down takes nothing away"
        assert hub.pictures.kept(*asked) is not None
        clock.forward(seconds=1801)
        answer[0] = reply(status="404 Not Found")
        with pytest.raises(NotFound):
            hub.pictures.made(*asked)
        with pytest.raises(NotFound):
            hub.pictures.kept(*asked)
        assert len(village.seen) == 3


# -- bounds -----------------------------------------------------------------------------------------


class Gatekeeper:
    """A village whose pictures come when the gate is opened."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.waiting = threading.Semaphore(0)

    def __call__(self, line: Line) -> None:
        while line.request():
            self.waiting.release()
            self.gate.wait(10)
            line.send(reply(jpeg()))


def test_two_who_want_one_picture_cost_one_fetch(tmp_path: Path) -> None:
    keeper = Gatekeeper()
    with Village(keeper, HOST) as village, opened(settings(tmp_path, timeout=10)) as hub:
        asked = parts(hub.pictures, f"{village.url}foto.jpg")
        got: list[int] = []
        threads = [
            threading.Thread(target=lambda: got.append(hub.pictures.made(*asked).width)) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        assert keeper.waiting.acquire(timeout=10)
        keeper.gate.set()
        for thread in threads:
            thread.join(10)
        assert got == [640, 640]
        assert len(village.seen) == 1


def test_readers_beyond_the_places_are_told_to_ask_again(tmp_path: Path) -> None:
    """Of four threads of the web server two may be busy with pictures: pages find the others."""
    keeper = Gatekeeper()
    with Village(keeper, HOST) as village, opened(settings(tmp_path, timeout=10)) as hub:
        threads = [
            threading.Thread(target=hub.pictures.made, args=parts(hub.pictures, f"{village.url}{number}.jpg"))
            for number in range(2)
        ]
        for thread in threads:
            thread.start()
        for _ in threads:
            assert keeper.waiting.acquire(timeout=10)
        with pytest.raises(RemoteError) as refused:
            hub.pictures.made(*parts(hub.pictures, f"{village.url}third.jpg"))
        assert refused.value.retry_after
        assert len(village.seen) == 2
        keeper.gate.set()
        for thread in threads:
            thread.join(10)
        assert hub.pictures.made(*parts(hub.pictures, f"{village.url}third.jpg")).width == 640


def kept_bytes(folder: Path) -> int:
    return sum(max(each.stat().st_size, BLOCK) for each in folder.rglob("*") if each.is_file())


def test_the_cache_keeps_within_its_cap_and_the_longest_unseen_go_first(tmp_path: Path) -> None:
    cap = 400_000
    files = PictureFiles(tmp_path, cap)
    for number in range(50):
        key = f"aa{number:02d}"
        files.put(key, {"640": Raster(bytes(20_000), 640, 427)}, 0.0)
        age(tmp_path, key, 1000 - number)
        if number == 5:
            age(tmp_path, "aa03", -1000)  # somebody looked at this one
    files.trim()
    assert kept_bytes(tmp_path) <= cap
    assert files.form("aa49", "640") is not None
    assert files.form("aa03", "640") is not None
    assert files.form("aa04", "640") is None


def age(folder: Path, key: str, seconds: float) -> None:
    moment = time.time() - seconds - 10_000
    os.utime(folder / key[:2] / key[2:], (moment, moment))


def test_two_processes_share_the_cap(tmp_path: Path) -> None:
    """Each counts only what it writes itself, and still looks at what the other wrote."""
    cap = 1_000_000
    one, other = PictureFiles(tmp_path, cap), PictureFiles(tmp_path, cap)
    for number in range(60):
        for name, files in (("one", one), ("other", other)):
            files.put(f"{name}{number}", {"640": Raster(bytes(30_000), 640, 427)}, 0.0)
            assert kept_bytes(tmp_path) <= cap * 1.1


def test_a_file_cut_by_a_full_disk_is_no_picture(tmp_path: Path) -> None:
    files = PictureFiles(tmp_path, 10**6)
    files.put("abcd", {"320": Raster(b"a" * 50, 1, 1), "640": Raster(b"b" * 50, 2, 2)}, 5.0)
    assert files.form("abcd", "640") == Raster(b"b" * 50, 2, 2)
    path = tmp_path / "ab" / "cd"
    path.write_bytes(path.read_bytes()[:-10])
    assert files.form("abcd", "640") is None
    path.write_bytes(b"\x00\xff")
    assert files.head("abcd") is None
    files.drop("abcd")
    files.drop("abcd")
    assert files.form("abcd", "320") is None


def test_a_disk_that_takes_nothing_costs_only_the_keeping(hub: Hub) -> None:
    (hub.settings.data_dir / "pictures").write_text("not a folder")
    with serving(lambda _: reply(jpeg()), HOST) as village:
        asked = parts(hub.pictures, f"{village.url}foto.jpg")
        assert hub.pictures.made(*asked).width == 640
        assert hub.pictures.made(*asked).width == 640
        assert len(village.seen) == 2


# -- texts ------------------------------------------------------------------------------------------

BODY = (
    "<p>Warga <b>bergotong royong</b>.</p>"
    '<p><a href="http://desa.example/besar.jpg"><img src="http://desa.example/a.jpg?x=1&amp;y=2" '
    'alt="Foto &quot;warga&quot;" width="800" height="600"></a></p>'
    '<figure><img src="http://desa.example/b.jpg" alt=""><figcaption>Jembatan baru</figcaption></figure>'
    '<p>Selesai <img src="https://s.w.org/images/core/emoji/15/svg/1f64f.svg" alt="🙏"></p>'
    '<p><img src="http://desa.example/hit.gif" width="1" height="1" alt=""></p>'
)


def test_pictures_in_a_text_come_from_the_portal_alone(hub: Hub) -> None:
    body = hub.pictures.body(sanitise(BODY, base="http://desa.example/"))
    tags = re.findall(r"<img [^<>]*>", body)
    assert len(tags) == 2
    for tag in tags:
        addresses = re.findall(r'[^" ]*/[^" ]+', tag)
        assert len(addresses) == 3
        assert all(each.startswith("/gambar/") for each in addresses)
        assert 'loading="lazy"' in tag
        assert 'decoding="async"' in tag
        assert "sizes=" in tag
    assert 'alt="Foto &quot;warga&quot;"' in tags[0]
    assert 'width="800" height="600"' in tags[0]
    assert "desa.example" not in re.sub(r'href="[^"]*"', "", body)
    assert "Selesai 🙏" in body
    assert "<figcaption>Jembatan baru</figcaption>" in body
    assert isinstance(body, SafeHtml)


def test_what_is_shown_was_what_was_signed(hub: Hub) -> None:
    """The entities of the text are resolved before the address is signed."""
    with serving(lambda _: reply(jpeg()), HOST) as village:
        body = hub.pictures.body(sanitise(f'<img src="{village.url}a.jpg?x=1&amp;y=2">', base=""))
        source = re.search(r'src="/gambar/([^/]+)/([^/]+)/([^"]+)"', body)
        assert source
        hub.pictures.made(source[1], source[2], source[3])
        assert village.seen[0].path == "/a.jpg?x=1&y=2"


def test_without_pictures_no_hole_stays(hub: Hub) -> None:
    body = hub.pictures.body(sanitise(BODY, base="http://desa.example/"), shown=False)
    assert "<img" not in body
    assert body == (
        "<p>Warga <b>bergotong royong</b>.</p><figure><figcaption>Jembatan baru</figcaption></figure>"
        "<p>Selesai 🙏</p>"
    )
    assert len(hub.pictures.in_body(sanitise(BODY, base="http://desa.example/"))) == 2


def test_the_size_of_a_picture_is_known_once_it_was_seen(hub: Hub) -> None:
    with serving(lambda _: reply(jpeg(1200, 1600)), HOST) as village:
        html = sanitise(f'<img src="{village.url}a.jpg">', base="")
        assert "height=" not in hub.pictures.body(html)
        hub.pictures.made(*parts(hub.pictures, f"{village.url}a.jpg"))
        assert 'width="960" height="1280"' in hub.pictures.body(html)
        (framed,) = hub.pictures.in_body(html)
        assert 0 < framed.weight <= BUDGETS[640]


# -- the hub's own files ----------------------------------------------------------------------------


def test_a_photo_that_was_sent_in_needs_no_fetch(hub: Hub) -> None:
    url = "http://127.0.0.1:8000/desa/76.02.02.2010?kim=Taan"
    added = hub.registering.add_site("KIM Taan", url, "76.02.02.2010", probe=False, connector="inbox")
    source = hub.inbox.behind(hub.inbox.doors(added.sources[0].id).form.rpartition("/")[2])
    hub.inbox.take(source, "Panen", "Panen raya di Taan.", files=[("foto.jpg", jpeg())], key="1")
    with hub.store.read() as tx:
        (sent,) = tx.submissions.after(source.id, 0, 1)[0].files
    url = f"http://127.0.0.1:8000/kiriman/{sent.sha256}/{sent.name}"
    assert hub.pictures.made(*parts(hub.pictures, url)).width == 640
    with pytest.raises(NotFound):
        hub.pictures.made(*parts(hub.pictures, f"http://127.0.0.1:8000/kiriman/{sent.sha256}/lain.jpg"))
    with pytest.raises(NotFound):
        hub.pictures.made(*parts(hub.pictures, "http://127.0.0.1:8000/meja"))


# -- ahead ------------------------------------------------------------------------------------------


def test_pictures_of_new_posts_are_there_before_anybody_asks(tmp_path: Path) -> None:
    with District(3, "127.10.45.", 0, slow_seconds=0.05) as district:
        hub = open_hub(settings(tmp_path, ahead=4))
        for site in district.sites:
            hub.registering.add_site(site.name, site.url, site.code)
        hub.harvesting.run()
        images = [card.image for card in hub.reading.home().newest[:3] if card.image]
        assert images
        while hub.pictures.fetch_ahead():
            pass
        for image in images:
            assert hub.pictures.kept(*parts(hub.pictures, image.url)) is not None
        assert hub.pictures.fetch_ahead() == 0
        hub.pictures.stop()
        hub.close()


def test_none_are_fetched_ahead_where_the_operator_wants_none(tmp_path: Path) -> None:
    with opened(settings(tmp_path, ahead=0)) as hub:
        assert hub.pictures.fetch_ahead() == 0


# -- cards ------------------------------------------------------------------------------------------

TITLES = {
    "short": "Panen raya",
    "usual": "Posyandu Melati Desa Taan melayani 42 balita dan 11 ibu hamil",
    "long": "Musyawarah perencanaan pembangunan desa " * 8,
    "one endless word": "a" * 300,
    "no sign of it in the font": "مرحبا 🙏",
    "nothing": "",
}


@pytest.mark.parametrize("kind", TITLES)
def test_a_card_is_drawn_for_any_title(kind: str) -> None:
    drawn = draw(
        ShareCard("Kabar Desa Mamuju", TITLES[kind], "Desa Taan · Kecamatan Tapalang", "24 November 2026")
    )
    with Pillow.open(io.BytesIO(drawn.body)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 630))
    assert len(drawn.body) < 60_000


def test_an_alarm_is_red() -> None:
    card = ShareCard("Kabar Desa", "Banjir", "BPBD", "24 November 2026")
    alarm = ShareCard("Kabar Desa", "Banjir", "BPBD", "24 November 2026", alarm="Darurat")

    def red(each: ShareCard) -> int:
        with Pillow.open(io.BytesIO(draw(each).body)) as picture:
            colours = picture.convert("RGB").getcolors(1 << 20) or []
            return sum(number for number, (r, g, b) in colours if r > 140 and g < 80 and b < 80)

    assert red(card) == 0
    assert red(alarm) > 10_000


def test_a_card_is_drawn_once(hub: Hub) -> None:
    card = ShareCard("Kabar Desa", "Banjir", "Desa Taan", "24 November 2026")
    first = hub.pictures.card(card)
    (kept,) = (each for each in (hub.settings.data_dir / "pictures").rglob("*") if each.is_file())
    kept.write_bytes(kept.read_bytes().replace(b"PNG", b"ODD"))
    assert hub.pictures.card(card) == first.replace(b"PNG", b"ODD")
