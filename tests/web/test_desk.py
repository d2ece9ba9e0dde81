"""The editor's way through the desk, without JavaScript: write, choose, send, watch, correct, withdraw."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from PIL import Image

from hub.errors import PublishError
from hub.model import Announcement
from hub.testing.scripted import Mishap
from tests.clock import Clock
from tests.services.back import BINANGA, EDITOR, MAMUNYU, TAAN, Office, open_office
from tests.web.staff import PASSWORD, Staff, signed_in, staffed

LETTER = {
    "subject": "Imunisasi campak untuk balita",
    "number": "440/1207/DINKES/2026",
    "text": "Semua anak **usia 9-59 bulan** diundang.",
    "date": "2026-11-24",
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = office_at(tmp_path)
    opened.target(BINANGA, name="KIM Binanga")
    opened.target(TAAN, name="KIM Taan")
    yield opened
    opened.hub.close()


def office_at(root: Path, **settings: Any) -> Office:
    url = f"sqlite:///{root / 'hub.sqlite3'}"
    return open_office(root, url, Clock(), web={"rate_limit": 0}, **settings)


@pytest.fixture
def siti(office: Office) -> Staff:
    """An editor who has signed in."""
    return signed_in(staffed(office.hub), "siti")


def write(staff: Staff, **changes: Any) -> int:
    """A new draft; its id."""
    staff.get("/meja/pengumuman/baru")
    assert staff.fill("/baru", {**LETTER, **changes}, do="save").status_code == 303, staff.text
    found = re.search(r"/meja/pengumuman/(\d+)/sasaran", staff.page.headers["Location"])
    assert found
    return int(found[1])


def send(staff: Staff, key: int, **changes: Any) -> None:
    staff.get(f"/meja/pengumuman/{key}/kirim")
    assert staff.fill("/kirim", changes).status_code == 303, staff.text
    staff.follow()


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return out.getvalue()


# -- the whole way --------------------------------------------------------------------------------------


def test_one_announcement_from_the_first_word_to_the_last_copy(office: Office, siti: Staff) -> None:
    siti.get("/meja")
    assert "Belum ada pengumuman" in siti.text
    key = write(siti, nature="penting", contact="Puskesmas, 0426-21000")
    siti.follow()

    siti.fill("/sasaran", {"whom": "some", "kec": ["76.02.02"], "village": [BINANGA]}, do="plan")
    assert "11 desa, 2 situs" in siti.text, "counted without saving"
    assert office.hub.noticeboard.get(key).to == ("all",)
    assert siti.fill("/sasaran", {}, do="save").status_code == 303
    assert office.hub.noticeboard.get(key).to == ("kec:76.02.02", f"village:{BINANGA}")

    siti.follow()
    assert "Kecamatan Tapalang · Kelurahan Binanga" in siti.text
    assert "Semua anak usia 9-59 bulan diundang." in siti.text
    assert siti.fill("/kirim").status_code == 303
    siti.follow()
    assert "Terbukti tayang di 0 dari 2" in siti.text
    assert '<meta http-equiv="refresh"' in siti.page.text

    office.settle()
    siti.get(f"/meja/pengumuman/{key}")
    assert "Terbukti tayang di 2 dari 2" in siti.text
    assert "tanpa kanal 9" in siti.text
    assert "Terbukti tayang 09.00" in siti.text
    assert '<meta http-equiv="refresh"' not in siti.page.text

    siti.get(f"/meja/pengumuman/{key}/koreksi")
    siti.fill("/koreksi", {"text": "Semua anak **usia 9-60 bulan** diundang."}, do="save")
    office.settle()
    assert "bacaan ke-2" in (siti.follow() and siti.text)
    assert {sheet.version for stack in office.paper.stacks.values() for sheet in stack} == {2}

    siti.get(f"/meja/pengumuman/{key}/tarik")
    assert siti.fill("/tarik", {"why": " "}).status_code == 422
    assert siti.fill("/tarik", {"why": "Vaksin belum datang"}).status_code == 303
    office.settle()
    siti.follow()
    assert "Ditarik dari 2 dari 2" in siti.text
    assert "Vaksin belum datang" in siti.text
    assert office.paper.live(office.hub.noticeboard.get(key).mark) == 0
    assert "Ditarik dari 2 dari 2" in (siti.get("/meja") and siti.text)


def test_every_row_of_the_trail_names_who_did_it(office: Office, siti: Staff) -> None:
    send(siti, write(siti))
    rows = office.hub.audit.rows(actor="siti", action="announcement")
    assert {row.action for row in rows} >= {"announcement.write", "announcement.publish"}
    assert {(row.role, row.address) for row in rows} == {("editor", "10.0.0.7")}


# -- writing -------------------------------------------------------------------------------------------


def test_nothing_is_lost_when_something_is_wrong(office: Office, siti: Staff) -> None:
    siti.get("/meja/pengumuman/baru")
    wrong = {
        **LETTER,
        "number": "",
        "valid_from": "2026-12-02T08:00",
        "valid_until": "2026-12-01T08:00",
        "agency": "Dinas Kesehatan",
        "files": (io.BytesIO(picture()), "posyandu.png"),
        "csrf_token": siti.token,
    }
    answer = siti.client.post(
        "/meja/pengumuman/baru",
        base_url="http://127.0.0.1:8000",
        data=wrong,
        content_type="multipart/form-data",
    )
    siti.page = answer
    assert answer.status_code == 422
    assert "Tulis nomor suratnya." in siti.text
    assert "Akhir masa berlaku harus sesudah awalnya." in siti.text
    form = siti.form("/baru")
    assert form.fields["subject"] == LETTER["subject"]
    assert form.fields["agency"] == "Dinas Kesehatan"
    assert form.fields["valid_until"] == "2026-12-01T08:00"
    assert "posyandu.png" in siti.text
    digest = re.search(r'name="alt-([0-9a-f]{64})"', answer.text)
    assert digest
    changes = {"number": "440/1", "valid_until": "2026-12-09T08:00", f"alt-{digest[1]}": "Poster jadwal"}
    assert siti.fill("/baru", changes, do="save").status_code == 303, siti.text
    (kept,) = office.hub.noticeboard.list()
    assert [(each.name, each.type, each.alt) for each in kept.attachments] == [
        ("posyandu.png", "image/png", "Poster jadwal")
    ]
    assert kept.valid_until
    assert kept.valid_until.isoformat() == "2026-12-09T00:00:00+00:00", "08.00 in the hub's zone"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("gambar.svg", b"<svg><script>alert(1)</script></svg>", "bukan gambar dan bukan PDF"),
        ("surat.pdf", b"<html><script>alert(1)</script></html>", "bukan gambar dan bukan PDF"),
        ("foto.png", picture()[:60], "rusak atau terpotong"),
    ],
)
def test_a_file_that_is_no_picture_or_pdf_is_refused_in_words(
    siti: Staff, name: str, content: bytes, told: str
) -> None:
    siti.get("/meja/pengumuman/baru")
    data = {**LETTER, "files": (io.BytesIO(content), name), "csrf_token": siti.token, "do": "attach"}
    siti.page = siti.client.post("/meja/pengumuman/baru", base_url="http://127.0.0.1:8000", data=data)
    assert f"{name} {told}" in siti.text
    assert 'name="attachment"' not in siti.page.text


def test_only_a_file_that_came_in_here_can_be_attached(office: Office, siti: Staff) -> None:
    siti.get("/meja/pengumuman/baru")
    forged = ["x", '["' + "0" * 64 + '","a.pdf","application/pdf",1]', "WyIwIl0.abc"]
    siti.fill("/baru", {**LETTER, "attachment": forged}, do="save")
    (kept,) = office.hub.noticeboard.list()
    assert kept.attachments == ()


def test_a_preview_shows_the_text_as_it_will_stand_and_keeps_nothing(office: Office, siti: Staff) -> None:
    site = office.target(MAMUNYU, "feed")[0]
    siti.get("/meja/pengumuman/baru")
    siti.fill(
        "/baru", {"text": "**tebal** <script>alert(1)</script>", "subject": "<b>Awas</b>"}, do="preview"
    )
    assert "<strong>tebal</strong>" in siti.page.text
    assert "<script>alert" not in siti.page.text
    assert "&lt;b&gt;Awas&lt;/b&gt;" in siti.page.text
    live = siti.post("/meja/pratinjau", {"csrf_token": siti.token, "text": "_miring_"})
    assert "<em>miring</em>" in live.text
    assert "(belum ada judul)" in live.text
    assert "<html" not in live.text
    assert office.hub.noticeboard.list() == ()
    assert site.publisher == "feed"


def test_a_double_click_makes_one_announcement_and_sends_it_once(office: Office, siti: Staff) -> None:
    siti.get("/meja/pengumuman/baru")
    form = siti.page
    first = siti.fill("/baru", LETTER, do="save").headers["Location"]
    siti.page = form
    assert siti.fill("/baru", LETTER, do="save").headers["Location"] == first
    siti.page = form
    assert siti.fill("/baru", {**LETTER, "subject": "Lain"}, do="save").status_code == 409
    assert siti.fill("/baru", {}, do="draft").status_code == 303, "the page offers to save it as another"
    assert len(office.hub.noticeboard.list()) == 2
    siti.get(first.replace("sasaran", "kirim"))
    page = siti.page
    for _ in range(2):
        siti.page = page
        assert siti.fill("/kirim").status_code == 303
    office.settle()
    assert len(office.paper.calls) == 2, "one copy each at two sites"


def test_a_draft_is_changed_and_thrown_away(office: Office, siti: Staff) -> None:
    key = write(siti)
    siti.get(f"/meja/pengumuman/{key}/ubah")
    siti.fill("/ubah", {"subject": "Imunisasi polio"}, do="draft")
    assert "Imunisasi polio" in (siti.follow() and siti.text)
    assert "Imunisasi polio" in (siti.get("/meja") and siti.text), "among my drafts"
    siti.get(f"/meja/pengumuman/{key}")
    siti.fill("/buang")
    assert "sudah dibuang" in (siti.follow() and siti.text)
    assert siti.get(f"/meja/pengumuman/{key}").status_code == 404


def test_what_people_type_is_text_everywhere(office: Office, siti: Staff) -> None:
    evil = '"><script>alert(1)</script>'
    key = write(siti, subject=evil, agency=evil, contact=evil, number=f"1/{evil}")
    for path in ("", "/ubah", "/sasaran", "/kirim"):
        siti.get(f"/meja/pengumuman/{key}{path}")
        assert "<script>alert" not in siti.page.text, path
    send(siti, key)
    office.settle()
    for path in (f"/meja/pengumuman/{key}", f"/meja/pengumuman/{key}/koreksi", "/meja", "/meja/kiriman/1"):
        assert siti.get(path).status_code == 200
        assert "<script>alert" not in siti.page.text, path


# -- choosing and sending --------------------------------------------------------------------------------


def test_the_map_has_every_village_and_says_which_can_be_reached(office: Office, siti: Staff) -> None:
    key = write(siti)
    siti.get(f"/meja/pengumuman/{key}/sasaran")
    page = html.fromstring(siti.page.text)
    assert len(page.xpath("//input[@name='village']")) == 101
    assert len(page.xpath("//input[@name='kec']")) == 11
    reachable = page.xpath("//label[.//i[contains(@class, ' on')]]/input/@value")
    assert sorted(reachable) == sorted([BINANGA, TAAN])


def test_nobody_chosen_is_told(siti: Staff) -> None:
    key = write(siti)
    siti.get(f"/meja/pengumuman/{key}/sasaran")
    assert siti.fill("/sasaran", {"whom": "some"}, do="save").status_code == 422
    assert "Pilih dulu siapa yang dituju." in siti.text


def test_silent_kim_of_one_kecamatan_and_what_the_command_line_chose(office: Office, siti: Staff) -> None:
    key = write(siti)
    siti.get(f"/meja/pengumuman/{key}/sasaran")
    siti.fill("/sasaran", {"whom": "some", "kec": ["76.02.01"], "silent": "1"}, do="save")
    assert office.hub.noticeboard.get(key).to == ("kec:76.02.01 silent:30",)
    siti.follow()
    assert "Kecamatan Mamuju, diam 30 hari" in siti.text
    siti.get(f"/meja/pengumuman/{key}/sasaran")
    form = siti.form("/sasaran")
    assert form.inputs["silent"].checked
    made = office.announce(to=("site:1", f"village:{TAAN}")).manuscript
    other = office.hub.announcing.save(made, EDITOR)
    siti.get(f"/meja/pengumuman/{other.id}/sasaran")
    siti.fill("/sasaran", {}, do="save")
    assert set(office.hub.noticeboard.get(other.id).to) == {"site:1", f"village:{TAAN}"}


def test_an_announcement_for_later_waits_for_its_time(office: Office, siti: Staff) -> None:
    key = write(siti)
    siti.get(f"/meja/pengumuman/{key}/kirim")
    assert siti.fill("/kirim", {"when": "later"}).status_code == 422
    assert "Isi tanggal dan jam kirimnya." in siti.text
    siti.fill("/kirim", {"when": "later", "at": "2026-11-25T08:00"})
    assert "Dikirim 25 November 2026, 08.00 WITA" in (siti.follow() and siti.text)
    office.clock.forward(days=1)
    office.hub.announcing.tick()
    office.settle()
    assert siti.sign_in("siti").status_code == 303, "nobody stays signed in for a day"
    assert "Terbukti tayang di 2 dari 2" in (siti.get(f"/meja/pengumuman/{key}") and siti.text)


def test_a_rehearsal_is_marked_and_no_resident_sees_it(office: Office, siti: Staff) -> None:
    key = write(siti)
    send(siti, key, when="rehearsal")
    assert "Latihan" in siti.text
    assert office.hub.noticeboard.get(key).rehearsal
    assert siti.get(f"/pengumuman/{key}").status_code == 404


def test_an_emergency_wants_the_password_again(office: Office, siti: Staff) -> None:
    key = write(siti, nature="darurat")
    office.clock.forward(minutes=6)
    siti.get(f"/meja/pengumuman/{key}/kirim")
    assert siti.fill("/kirim", {"password": "salah sekali ini"}).status_code == 422
    assert "Kata sandi tidak cocok." in siti.text
    assert office.hub.noticeboard.get(key).state == "draft"
    assert siti.fill("/kirim", {"password": PASSWORD}).status_code == 303
    assert office.hub.noticeboard.get(key).state == "published"


# -- the second person -----------------------------------------------------------------------------------


@pytest.fixture
def careful(tmp_path: Path) -> Iterator[Office]:
    opened = office_at(tmp_path, publish={"approval": "always"})
    opened.target(BINANGA)
    yield opened
    opened.hub.close()


def test_a_second_person_approves_and_nobody_approves_their_own(careful: Office) -> None:
    app = staffed(careful.hub)
    ani, budi = signed_in(app, "ani"), signed_in(app, "budi")
    key = write(ani)
    ani.get(f"/meja/pengumuman/{key}/kirim")
    assert "Orang kedua harus menyetujui" in ani.text
    ani.fill("/kirim")
    ani.follow()
    assert "/setujui" not in ani.page.text
    assert ani.post(f"/meja/pengumuman/{key}/setujui", {"csrf_token": ani.token}).status_code == 403
    assert careful.hub.noticeboard.get(key).state == "pending"

    assert LETTER["subject"] in (budi.get("/meja") and budi.text)
    budi.get(f"/meja/pengumuman/{key}")
    budi.fill("/setujui")
    assert "Disetujui" in (budi.follow() and budi.text)
    assert careful.hub.noticeboard.get(key).state == "published"

    ani.get(f"/meja/pengumuman/{key}/koreksi")
    ani.fill("/koreksi", {"subject": "Imunisasi polio"}, do="save")
    assert "menunggu persetujuan" in (ani.follow() and ani.text)
    budi.get(f"/meja/pengumuman/{key}")
    assert "Imunisasi polio" in budi.text
    budi.fill("/tolak", {"why": "Judul yang lama sudah benar"})
    assert careful.hub.noticeboard.get(key).subject == LETTER["subject"]
    assert careful.hub.noticeboard.get(key).proposed is None


# -- the board -------------------------------------------------------------------------------------------


def published(office: Office) -> Announcement:
    made = office.announce()
    office.settle()
    return made


def failing(office: Office, target: int = 1) -> None:
    error = PublishError("auth", "the password was not accepted", permanent=True)
    office.paper.mishaps[target] = [Mishap(error)]


def test_a_failure_says_what_happened_what_helps_and_is_sent_again(office: Office, siti: Staff) -> None:
    failing(office)
    made = published(office)
    siti.get(f"/meja/pengumuman/{made.id}")
    assert "Terbukti tayang di 1 dari 2" in siti.text
    assert "gagal 1" in siti.text
    assert "Sambungkan ulang" in siti.text
    delivery = next(each for each in office.hub.noticeboard.deliveries(made.id) if each.state == "failed")
    siti.get(f"/meja/kiriman/{delivery.id}")
    assert "Dipasang: gagal" in siti.text
    assert siti.fill(f"/kiriman/{delivery.id}/ulang").status_code == 303
    assert "1 kiriman dicoba lagi" in (siti.follow() and siti.text)
    office.settle()
    assert "Terbukti tayang di 2 dari 2" in (siti.get(f"/meja/pengumuman/{made.id}") and siti.text)


def test_all_that_failed_is_sent_again_at_once(office: Office, siti: Staff) -> None:
    failing(office, 1)
    failing(office, 2)
    made = published(office)
    siti.get(f"/meja/pengumuman/{made.id}")
    assert "Kirim lagi semua yang gagal (2)" in siti.text
    siti.fill(f"/pengumuman/{made.id}/ulang")
    office.settle()
    assert "Terbukti tayang di 2 dari 2" in (siti.follow() and siti.text)


def test_a_copy_that_the_village_changed_is_replaced_only_when_told(office: Office, siti: Staff) -> None:
    made = published(office)
    office.paper.stacks[1][0].text = "Kami ubah"
    office.hub.proving.run(everything=True)
    siti.get(f"/meja/pengumuman/{made.id}")
    assert "Diubah desa" in siti.text
    delivery = next(
        each for each in office.hub.noticeboard.deliveries(made.id) if each.state == "edited_there"
    )
    form = next(
        each for each in html.fromstring(siti.page.text).forms if f"/kiriman/{delivery.id}/" in each.action
    )
    assert form.fields["overwrite"] == "1"
    siti.post(form.action, dict(form.form_values()))
    office.settle()
    assert office.paper.stacks[1][0].text != "Kami ubah"


def test_what_is_still_shown_after_a_withdrawal_is_named(office: Office, siti: Staff) -> None:
    made = published(office)
    failing(office, 2)
    siti.get(f"/meja/pengumuman/{made.id}/tarik")
    siti.fill("/tarik", {"why": "Keliru"})
    office.settle()
    siti.follow()
    assert "Ditarik dari 1 dari 2" in siti.text
    assert "masih tayang di 1" in siti.text
    assert "Masih tayang di: KIM Taan (Desa Taan)." in siti.text.replace(" ,", ",")


def test_the_board_is_filtered_by_address(office: Office, siti: Staff) -> None:
    failing(office)
    made = published(office)

    def villages(query: str) -> list[str]:
        siti.get(f"/meja/pengumuman/{made.id}?{query}")
        page = html.fromstring(siti.page.text)
        rows = page.xpath("//table[@class='rows']/tbody/tr/th/text()")
        return [str(each) for each in [*rows, *page.xpath("//ul[@class='places']//span/span[1]/text()")]]

    assert len(villages("")) == 101
    assert villages("state=failed") == ["Kelurahan Binanga"]
    assert villages("channel=scripted&kecamatan=76.02.02") == ["Desa Taan"]
    assert len(villages("state=without_channel")) == 99
    assert len(villages("state=rusak&kecamatan=x")) == 101


def test_the_watched_part_is_a_fragment_that_says_whether_something_moves(
    office: Office, siti: Staff
) -> None:
    made = office.announce()
    siti.get(f"/meja/pengumuman/{made.id}/papan")
    assert 'data-moving="2"' in siti.page.text
    assert "<html" not in siti.page.text
    office.settle()
    assert 'data-moving="0"' in siti.get(f"/meja/pengumuman/{made.id}/papan").text
    draft = write(siti)
    assert siti.get(f"/meja/pengumuman/{draft}/papan").status_code == 404


def test_the_board_as_a_table_runs_nothing_in_a_spreadsheet(office: Office, siti: Staff) -> None:
    villages = office.hub.gazetteer.villages_of("76.02.03")
    for village, name in zip(villages, ('=HYPERLINK("http://evil.test")', "+1", "-1", "@A1"), strict=False):
        office.target(village.code, name=name)
    made = published(office)
    answer = siti.get(f"/meja/pengumuman/{made.id}/papan.csv")
    assert answer.mimetype == "text/csv"
    assert 'filename="papan-' in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0][:5] == ["Desa", "Kecamatan", "KIM", "Kanal", "Keadaan"]
    assert len(rows) == 102
    assert {cell[0] for row in rows for cell in row if cell} & set("=+-@") == set()
    assert [row[4] for row in rows if row[0] == "Desa Taan"] == ["Terbukti tayang"]


def test_the_text_for_whatsapp_is_ready_to_be_forwarded(office: Office, siti: Staff) -> None:
    office.target(MAMUNYU, "whatsapp", name="KIM Mamunyu")
    made = published(office)
    siti.get(f"/meja/pengumuman/{made.id}?channel=whatsapp")
    assert "https://wa.me/?text=" in siti.page.text
    delivery = next(
        each for each in office.hub.noticeboard.deliveries(made.id) if each.publisher == "whatsapp"
    )
    siti.get(f"/meja/kiriman/{delivery.id}")
    assert "Jadwal pembagian beras" in siti.text
    assert "/periksa?nomor=" in siti.text, siti.text


def test_a_session_that_ended_while_writing_loses_nothing(office: Office, siti: Staff) -> None:
    siti.get("/meja/pengumuman/baru")
    office.clock.forward(minutes=31)
    assert siti.fill("/baru", {**LETTER, "text": "Ditulis lama & panjang"}, do="save").status_code == 401
    assert "tulisan Anda tidak hilang" in siti.text
    assert siti.fill("/masuk", {"name": "siti", "password": "salah sekali ini"}).status_code == 401
    assert siti.fill("/masuk", {"name": "siti", "password": PASSWORD}).status_code == 200
    siti.fill("/baru", {}, do="attach")
    assert siti.form("/baru").fields["text"].strip() == "Ditulis lama & panjang"
    assert siti.fill("/baru", {}, do="save").status_code == 303
    assert office.hub.noticeboard.list()[0].subject == LETTER["subject"]


def test_the_list_has_all_by_state_and_page_by_page(office: Office, siti: Staff) -> None:
    for number in range(33):
        office.announce(number=f"470/{number}", subject=f"Kabar {number}.")
    write(siti)

    def subjects(path: str) -> list[str]:
        siti.get(path)
        return [
            str(each) for each in html.fromstring(siti.page.text).xpath("//li[@class='entry']/h2/a/text()")
        ]

    first = subjects("/meja/pengumuman")
    assert first[:2] == [LETTER["subject"], "Kabar 32."]
    older = html.fromstring(siti.page.text).xpath("string(//a[@rel='next']/@href)")
    assert len(first) == 30
    assert subjects(older) == ["Kabar 3.", "Kabar 2.", "Kabar 1.", "Kabar 0."]
    assert subjects("/meja/pengumuman?state=draft") == [LETTER["subject"]]
    assert len(subjects("/meja/pengumuman?state=rusak&before=x")) == 30


# -- channels ------------------------------------------------------------------------------------------


def test_a_password_goes_in_and_never_comes_out(office: Office, siti: Staff) -> None:
    secret = "CNRY abcd EFGH ijkl MNOP qrst"
    site = office.hub.reading.sites()[0].site.id
    siti.get(f"/meja/kanal/{site}?publisher=wordpress")
    assert siti.fill(f"/kanal/{site}", {"url": "bukan alamat", "user": "kim"}).status_code == 422
    assert "Bukan alamat situs" in siti.text
    given = {"url": "http://127.0.0.1:1/", "user": "kim-binanga", "password": secret}
    assert siti.fill(f"/kanal/{site}", given).status_code == 303
    siti.follow()
    assert "belum bekerja" in siti.text, "it was tried at once, and its trouble is told"
    made = office.hub.targets.list(site)[-1]
    assert (made.publisher, made.user, made.has_password) == ("wordpress", "kim-binanga", True)

    siti.get(f"/meja/kanal/ubah/{made.id}")
    assert siti.form(f"/ubah/{made.id}").fields["password"] in ("", None)
    siti.fill(f"/ubah/{made.id}", {"user": "kim-lain"})
    assert office.hub.targets.get(made.id).has_password, "left empty, the kept one stays"
    siti.get(f"/meja/kanal/ubah/{made.id}")
    siti.fill(f"/ubah/{made.id}", {"url": "http://127.0.0.2:1/"})
    assert not office.hub.targets.get(made.id).has_password, "another host never gets it"
    for path in ("/meja/kanal", f"/meja/kanal/{site}", f"/meja/kanal/ubah/{made.id}", "/meja"):
        assert "CNRY" not in siti.get(path).text
    assert "CNRY" not in str(office.hub.audit.rows(limit=100))


def test_channels_are_put_in_order_paused_and_removed(office: Office, siti: Staff) -> None:
    (first, second) = office.target(MAMUNYU, "scripted", "spare")
    path = f"/meja/kanal/{first.site_id}"
    siti.get(path)
    siti.fill(f"/{second.id}/urutan")
    assert [each.id for each in office.hub.targets.list(first.site_id)] == [second.id, first.id]
    siti.follow()
    siti.fill(f"/{second.id}/jeda")
    assert office.hub.targets.get(second.id).state == "paused"
    siti.follow()
    assert "Dijeda" in siti.text
    siti.fill(f"/{second.id}/periksa")
    assert "kanal ini bekerja" in (siti.follow() and siti.text)
    siti.fill(f"/{second.id}/hapus")
    assert [each.id for each in office.hub.targets.list(first.site_id)] == [first.id]
    assert "Kanal dihapus" in (siti.follow() and siti.text)
    assert siti.get(f"{path}?publisher=tidak-ada").status_code == 200
    assert siti.get("/meja/kanal/9999").status_code == 404


def test_a_forged_consent_connects_nothing(office: Office, siti: Staff) -> None:
    for query in ("", "?state=x&site_url=http://evil.test&user_login=a&password=b"):
        siti.get(f"/meja/kanal/tersambung{query}")
        assert siti.page.status_code == 303
        assert siti.page.headers["Referrer-Policy"] == "no-referrer"
        assert siti.page.headers["Location"] == "/meja/kanal"
    assert len(office.hub.targets.list()) == 2
