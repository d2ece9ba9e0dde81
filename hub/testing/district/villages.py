"""The villages of the sample district: real codes and names, an invented site for each.

Codes and names are those of the Kemendagri list for Kabupaten Mamuju (76.02). Hamlets, people and the
sites themselves are made up. The first twelve hold every platform and every kind of trouble.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PlatformName = Literal["wordpress", "rss", "atom", "jsonfeed", "opensid", "blogger", "html"]
Trouble = Literal["ok", "broken", "slow", "moved", "edits"]

KECAMATAN = {
    "76.02.01": "Mamuju",
    "76.02.02": "Tapalang",
    "76.02.03": "Kalukku",
    "76.02.04": "Kalumpang",
    "76.02.07": "Papalang",
    "76.02.08": "Sampaga",
    "76.02.11": "Tommo",
    "76.02.12": "Simboro",
    "76.02.13": "Tapalang Barat",
    "76.02.15": "Bonehau",
    "76.02.16": "Kepulauan Bala Balakang",
}


@dataclass(frozen=True, slots=True)
class Village:
    """A village and what its KIM's site is like.

    Args:
        code: dotted Kemendagri code; the fourth part begins with 1 for a kelurahan.
        tags: landscape and life, by which articles find their village.
        hamlets: dusun of a desa, lingkungan of a kelurahan.
        quirks: habits of the site: ``indonesian_dates``, ``utm``, ``shortcodes``, ``summary_only``,
            ``rest_closed``, ``rest_plain``, ``index_php``, ``truncated``.
    """

    code: str
    name: str
    platform: PlatformName
    tags: frozenset[str]
    hamlets: tuple[str, str, str]
    head: str
    authors: tuple[str, ...]
    trouble: Trouble = "ok"
    quirks: frozenset[str] = frozenset()

    @property
    def urban(self) -> bool:
        return self.code.rpartition(".")[2].startswith("1")

    @property
    def title(self) -> str:
        """With its type: "Desa Taan", "Kelurahan Binanga"."""
        return f"{'Kelurahan' if self.urban else 'Desa'} {self.name}"

    @property
    def kecamatan(self) -> str:
        return KECAMATAN[self.code.rpartition(".")[0]]

    @property
    def kim(self) -> str:
        """The name its news group gives itself."""
        return f"KIM {self.title}"


def _village(
    code: str,
    name: str,
    platform: PlatformName,
    tags: str,
    hamlets: tuple[str, str, str],
    head: str,
    authors: str,
    trouble: Trouble = "ok",
    quirks: str = "",
) -> Village:
    by = tuple(author.strip() for author in authors.split(","))
    return Village(
        code, name, platform, frozenset(tags.split()), hamlets, head, by, trouble, frozenset(quirks.split())
    )


VILLAGES: tuple[Village, ...] = (
    _village(
        "76.02.02.2010", "Taan", "wordpress", "pesisir kebun",
        ("Salu Bara", "Taan Induk", "Batu Roro"), "Muh. Yusuf", "Nurhayati, Arifuddin, Sitti Aminah",
        quirks="shortcodes",
    ),
    _village(
        "76.02.03.1003", "Kalukku", "rss", "kota pasar pesisir",
        ("Pasar Lama", "Tasiu", "Gentungan"), "Hj. Darmawati", "Redaksi KIM Kalukku, Syamsul",
        quirks="indonesian_dates",
    ),
    _village(
        "76.02.01.1002", "Binanga", "wordpress", "kota pesisir",
        ("Binanga Utara", "Kampung Baru", "Jalan Pattana"), "Andi Rusdi", "Fitri Rahman, Irwan",
        "edits",
    ),
    _village(
        "76.02.12.2009", "Pati'di", "opensid", "pesisir nelayan kebun",
        ("Pati'di Barat", "Rea", "Tanete"), "Abdul Kadir", "Administrator, Masita",
    ),
    _village(
        "76.02.11.2001", "Tommo", "atom", "sawah kebun",
        ("Tommo Satu", "Sumber Rejo", "Salu Tambung"), "I Wayan Sudarma", "Ketut Ayu, Rahmat Hidayat",
    ),
    _village(
        "76.02.08.2001", "Bunde", "jsonfeed", "sawah sungai kebun",
        ("Bunde Timur", "Kayu Calla", "Salu Mua"), "Sudirman", "Hasnawati, Jufri",
    ),
    _village(
        "76.02.12.2005", "Sumare", "blogger", "pesisir nelayan wisata",
        ("Sumare Pantai", "Tanjung Ngalo", "Bone Lemo"), "Nasruddin", "Kak Rina, Haeruddin",
    ),
    _village(
        "76.02.07.2004", "Topore", "html", "sawah sungai",
        ("Topore Selatan", "Karossa Kecil", "Lemo-Lemo"), "Mansyur Lallo", "Tim KIM Topore",
    ),
    _village(
        "76.02.01.2006", "Karampuang", "rss", "pulau pesisir nelayan wisata",
        ("Karampuang Satu", "Wisata", "Ujung Bulo"), "Supriadi", "Wahyuni, Pak Guru Basri",
        "slow", "utm",
    ),
    _village(
        "76.02.04.2001", "Kalumpang", "opensid", "gunung sungai kebun",
        ("Kalumpang Tua", "Leba'", "Batu Isi"), "Yohanis Tasik", "Administrator, Debora",
        quirks="index_php",
    ),
    _village(
        "76.02.15.2001", "Bonehau", "rss", "gunung kebun",
        ("Bonehau Induk", "Mappu Rante", "Salu Kayu"), "Markus Bongga", "Yuliana Lotong, Agustinus",
        "broken",
    ),
    _village(
        "76.02.13.2001", "Dungkait", "wordpress", "pesisir nelayan kebun",
        ("Dungkait Induk", "Palada", "Buttu Pao"), "Hamzah", "Suriani, Baharuddin",
        "moved",
    ),
    _village(
        "76.02.03.2005", "Beru-Beru", "wordpress", "sawah pesisir nelayan",
        ("Padang Bakka", "Beru-Beru Pantai", "Salu Kai"), "Rusli Halim", "Mirnawati, Anto",
        quirks="summary_only",
    ),
    _village(
        "76.02.11.2003", "Buana Sakti", "rss", "sawah kebun",
        ("Buana Asri", "Karya Mulya", "Sido Makmur"), "Sugiyanto", "Sri Wahyuningsih, Bambang",
        quirks="utm",
    ),
    _village(
        "76.02.07.2005", "Salukayu", "wordpress", "sungai kebun sawah",
        ("Salukayu Hulu", "Salukayu Hilir", "Pangngale"), "Amiruddin", "Nurdiana, Ical",
        quirks="rest_plain",
    ),
    _village(
        "76.02.13.2003", "Labuang Rano", "rss", "pesisir nelayan",
        ("Labuang", "Rano Barat", "Tanjung Rano"), "Sahabuddin", "Marwah",
        "broken", "truncated",
    ),
    _village(
        "76.02.16.2001", "Bala Balakang", "blogger", "pulau nelayan pesisir",
        ("Salissingan", "Ambo", "Popoongan"), "Daeng Situju", "Ibu Guru Asni, Ruslan",
    ),
    _village(
        "76.02.04.2017", "Lasa'", "opensid", "gunung kebun",
        ("Lasa' Tua", "Rante Limbong", "Buttu Sawe"), "Petrus Sampe", "Administrator",
    ),
    _village(
        "76.02.01.2010", "Tadui", "wordpress", "pesisir pasar nelayan",
        ("Tadui Timur", "Lombang-Lombang", "Beru"), "Muliadi", "Nur Asia, Takdir",
        quirks="rest_closed",
    ),
    _village(
        "76.02.08.2007", "Losso", "jsonfeed", "kebun sungai",
        ("Losso Induk", "Salu Bulo", "Tarra"), "Alimuddin", "Rosdiana",
    ),
)  # fmt: skip
