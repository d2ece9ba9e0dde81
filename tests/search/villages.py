"""A hub with the news of four villages, small enough to know every answer by heart."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hub.app import Hub
from hub.model import Batch, Entry
from hub.testing.scripted import ScriptedConnector, scripted_hub
from tests.clock import Clock

TAAN, KASAMBANG, KALUKKU, BERU_BERU = "76.02.02.2010", "76.02.02.1002", "76.02.03.1003", "76.02.03.2005"
TAPALANG, KALUKKU_KECAMATAN = "76.02.02", "76.02.03"
#: (village's name, days ago, topic, title, text).
NEWS = [
    (
        "Taan",
        1,
        "Kesehatan",
        "Posyandu Taan layani 42 balita",
        "Kader menimbang anak dan membagikan vitamin.",
    ),
    ("Taan", 40, "Warga", "Gotong royong bersihkan saluran", "Warga Taan turun bersama sebelum musim hujan."),
    (
        "Taan",
        70,
        "Bantuan",
        "Bantuan beras tiba di balai desa",
        "Delapan puluh keluarga menerima dua karung.",
    ),
    ("Kasambang", 3, "Bencana", "Banjir rendam sawah di Kasambang", "Tujuh hektare padi terendam semalam."),
    (
        "Kasambang",
        5,
        "Kesehatan",
        "Posyandu keliling singgah di dusun",
        "Bidan memeriksa ibu hamil di pesisir.",
    ),
    ("Kasambang", 12, "Warga", "Kerja bakti memperbaiki jembatan", "Papan yang lapuk diganti kayu ulin."),
    (
        "Kalukku",
        2,
        "Pemerintahan",
        "Musrenbang kelurahan tetapkan usulan",
        "Jalan lingkungan menjadi prioritas.",
    ),
    ("Kalukku", 20, "Kesehatan", "Jadwal posiandu bulan ini", "Pelayanan dibuka pukul delapan pagi."),
    ("Kalukku", 30, "Bantuan", "BLT tahap dua disalurkan", "Penerima membawa kartu keluarga ke kantor pos."),
    ("Beru-Beru", 6, "Bencana", "Longsor menutup jalan menuju kebun", "Alat berat didatangkan dari kota."),
    ("Beru-Beru", 8, "Ekonomi", "Panen jagung melimpah tahun ini", "Harga di tengkulak justru turun."),
]
#: Further news of Kalukku with one common word, each told in words of its own.
ROUTINE = [
    ("penimbangan", "timbangan baru dari puskesmas"),
    ("imunisasi", "vaksin campak untuk bayi"),
    ("pemeriksaan ibu hamil", "tekanan darah dan berat badan"),
    ("makanan tambahan", "bubur kacang hijau dan telur"),
    ("kelas gizi", "cara memasak daun kelor"),
    ("lansia", "senam pagi dan cek gula darah"),
    ("kader baru", "lima perempuan muda mendaftar"),
    ("gedung baru", "dinding dicat hijau muda"),
    ("buku catatan", "register ditulis ulang rapi"),
    ("lomba balita sehat", "juara satu dari Lingkungan Pasar"),
    ("vitamin", "kapsul merah dan biru dibagikan"),
]
CODES = {"Taan": TAAN, "Kasambang": KASAMBANG, "Kalukku": KALUKKU, "Beru-Beru": BERU_BERU}


def open_villages(root: Path, clock: Clock, **settings: dict[str, object]) -> Hub:
    """Harvested and indexed."""
    connector = ScriptedConnector()
    hub = scripted_hub(root, connector, now=clock, settings={"web": {"rate_limit": 0}, **settings})
    routine = [
        ("Kalukku", 100 + 30 * n, "Kesehatan", f"Posyandu: {title}", text)
        for n, (title, text) in enumerate(ROUTINE)
    ]
    for name, code in CODES.items():
        told = [each for each in (*NEWS, *routine) if each[0] == name]
        url = f"https://{name.lower()}.example/feed"
        entries = tuple(_entry(url, n, clock, *row[1:]) for n, row in enumerate(told))
        connector.plan(url, [Batch({}, entries)])
        hub.registering.add_site(f"KIM {name}", url, code, probe=False, feed_url=url, connector="scripted")
    hub.harvesting.run(everything=True)
    hub.indexing.drain()
    return hub


def _entry(url: str, n: int, clock: Clock, days: int, topic: str, title: str, text: str) -> Entry:
    link = f"{url}/{n}"
    when = clock() - timedelta(days=days)
    return Entry(link, link, title, f"<p>{text}</p>", published=when, topics=(topic,))
