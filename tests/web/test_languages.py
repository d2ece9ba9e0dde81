"""Two languages, whole: the catalogues say everything in both, and an English page has no Indonesian word of
the interface left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from babel.messages.pofile import read_po
from lxml import html
from werkzeug.test import Client

import web
from tests.web.world import World, portal
from web.app import make_app

ROOT = Path(web.__file__).parents[1]
CATALOGUES = {
    "portal": ("web/translations", "messages"),
    "hub": ("hub/locale", "hub"),
}
#: What reads the same in both languages and is meant to: names of kinds of places, of formats and offices.
SAME = {
    *("kind.desa", "kind.kelurahan", "kind.desa_adat", "kind.kecamatan", "kind.distrik", "kind.kabupaten"),
    *("kind.kota", "kind.provinsi", "facet.kecamatan", "facet.site", "column.kecamatan"),
    *(
        "desk.role.administrator",
        "desk.file.pdf",
        "desk.column.site",
        "desk.to.tag",
        "column.id",
        "thing.token",
    ),
}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|\{(\w+)(?:![a-z])?(?::[^}]*)?\}")
#: Words that no sentence of the interface does without.
_INDONESIAN = re.compile(
    r"\b(yang|dan|untuk|dengan|tidak|atau|dari|ini|itu|belum|sudah|bisa|pada|oleh|berita|pengumuman|lalu|baca"
    r"|cari|semua|halaman|terbaru|lihat|kembali|peta|beranda)\b",
    re.IGNORECASE,
)
_SHOWN = ("aria-label", "title", "placeholder", "alt", "data-done")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with portal(tmp_path_factory.mktemp("languages"), "127.10.52.") as served:
        yield served


@pytest.fixture(scope="module")
def client(world: World) -> Client:
    return Client(make_app(world.hub))


# -- the catalogues ---------------------------------------------------------------------------------


@cache
def messages(catalogue: str, lang: str) -> dict[str, tuple[str, ...]]:
    """Key -> its words, one for each plural form."""
    folder, domain = CATALOGUES[catalogue]
    with (ROOT / folder / lang / "LC_MESSAGES" / f"{domain}.po").open("rb") as po:
        found = [each for each in read_po(po) if each.id]
    assert not [each.id for each in found if each.fuzzy], "fuzzy words are not compiled"
    return {_forms(each.id)[0]: _forms(each.string) for each in found}


def _forms(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def faults_of(indonesian: dict[str, tuple[str, ...]], english: dict[str, tuple[str, ...]]) -> list[str]:
    """Strings that one language lacks, that nobody translated, or that ask for other values."""
    faults = [f"missing: {key}" for key in sorted(indonesian.keys() ^ english.keys())]
    for key in sorted(indonesian.keys() & english.keys()):
        ours, theirs = indonesian[key], english[key]
        faults += [f"empty: {key}" for each in (ours, theirs) if not all(form.strip() for form in each)]
        if ours[0] == theirs[0] and key not in SAME and re.search("[a-z]", _PLACEHOLDER.sub("", ours[0])):
            faults.append(f"not translated: {key}")
        if len({_wanted(form) for form in (*ours, *theirs)}) > 1:
            faults.append(f"other values: {key}")
    return faults


def _wanted(words: str) -> frozenset[str]:
    """Names of the values; a plural's form of one may do without its number."""
    return frozenset(name or other for name, other in _PLACEHOLDER.findall(words)) - {"n"}


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_everything_is_said_in_both_languages(catalogue: str) -> None:
    assert faults_of(messages(catalogue, "id"), messages(catalogue, "en")) == []


@pytest.mark.parametrize(
    ("indonesian", "english", "fault"),
    [
        ({"a": ("Beranda",)}, {}, "missing: a"),
        ({"a": ("Beranda",)}, {"a": ("",)}, "empty: a"),
        ({"a": ("Beranda",)}, {"a": ("Beranda",)}, "not translated: a"),
        ({"a": ("Halo %(name)s",)}, {"a": ("Hello %(nam)s",)}, "other values: a"),
        ({"a": ("Halo {name}",)}, {"a": ("Hello",)}, "other values: a"),
        ({"a": ("%(n)s berita",)}, {"a": ("%(n)s story", "%(n)s stories")}, ""),
    ],
    ids=["missing", "empty", "same", "misspelt", "forgotten", "plural"],
)
def test_a_gap_in_a_catalogue_is_seen(indonesian: Any, english: Any, fault: str) -> None:
    assert faults_of(indonesian, english) == ([fault] if fault else [])


# -- the pages --------------------------------------------------------------------------------------


def page(client: Client, world: World, path: str) -> Any:
    return html.fromstring(client.get(path, base_url=world.base).data)


def in_english(path: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang=en"


def said(root: Any) -> Iterator[str]:
    """Every word of a page that is shown or read aloud and not marked as another language."""
    foreign = root.xpath("//h1[@lang]")
    for each in root.iter():
        if not isinstance(each.tag, str) or each.tag in ("script", "style", "textarea"):
            continue
        if each.tag == "title" and foreign:
            continue  # named after what is marked in the page
        if any(one.get("lang", "en") != "en" for one in (each, *each.iterancestors())):
            continue
        yield each.text or ""
        yield from (each.get(name, "") for name in _SHOWN)
    for each in root.iter():
        parent = each.getparent()
        if (
            each.tail
            and parent is not None
            and not any(one.get("lang", "en") != "en" for one in (parent, *parent.iterancestors()))
        ):
            yield each.tail


@cache
def indonesian() -> re.Pattern[str]:
    """Any whole message of the interface that reads otherwise in English."""
    ours, theirs = messages("portal", "id"), messages("portal", "en")
    texts = {form for key, forms in ours.items() for form in forms if form not in theirs[key]}
    worded = [text for text in texts if re.search(r"[a-z]{3}", _PLACEHOLDER.sub("", text))]
    same = {form for forms in theirs.values() for form in forms}
    patterns = []
    for text in worded:
        if text not in same:
            parts = re.split(r"%\(\w+\)[a-z]", text)
            patterns.append(".+?".join(map(re.escape, parts)))
    return re.compile("|".join(sorted(patterns, key=len, reverse=True)))


def names(world: World) -> list[str]:
    """Names of people's groups, offices and places: they are called so in every language."""
    hub = world.hub
    found = {each.site.name for each in hub.reading.sites()} | {each.name for each in hub.gazetteer.villages}
    found |= {hub.settings.hub.name, hub.settings.hub.office, *hub.noticeboard.agencies()}
    found |= {each.name for each in hub.gazetteer.kecamatan}
    found |= {each.alert.attribution for each in hub.reading.warnings() if each.alert}
    return sorted(found, key=len, reverse=True)


def test_no_word_of_the_interface_stays_indonesian(client: Client, world: World) -> None:
    called = re.compile("|".join(map(re.escape, names(world))))
    found: dict[str, list[str]] = {}
    for kind, path in world.kinds.items():
        root = page(client, world, in_english(path))
        if kind != "embed":
            assert root.get("lang") == "en", kind
        for text in said(root):
            text = " ".join(called.sub("", " ".join(text.split())).split())
            if text and (indonesian().fullmatch(text) or _INDONESIAN.search(text)):
                found.setdefault(kind, []).append(text[:100])
    assert not found, "\n".join(f"{kind}: {each}" for kind, texts in found.items() for each in texts)


def test_dates_and_numbers_follow_the_language_and_the_zone_is_named(client: Client, world: World) -> None:
    path = world.kinds["post"]
    here, there = page(client, world, path), page(client, world, in_english(path))
    (ours,), (theirs,) = (root.xpath("//main//header//time/text()") for root in (here, there))
    assert re.fullmatch(r"(Senin|Selasa|Rabu|Kamis|Jumat|Sabtu|Minggu), \d+ \w+ \d{4}, \d\d\.\d\d WITA", ours)
    assert re.fullmatch(r"(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d+ \w+ \d{4}, \d\d:\d\d WITA", theirs)


def test_the_language_link_keeps_page_and_filters(client: Client, world: World) -> None:
    for kind, path in world.kinds.items():
        if kind == "embed":
            continue
        (there,) = page(client, world, path).xpath("//nav//a[@hreflang='en']/@href")
        assert urlsplit(there).path == urlsplit(path).path, kind
        kept = [*parse_qsl(urlsplit(path).query), ("lang", "en")]
        assert sorted(parse_qsl(urlsplit(there).query)) == sorted(kept), kind
        (back,) = page(client, world, there).xpath("//nav//a[@hreflang='id']/@href")
        assert parse_qsl(urlsplit(back).query) == parse_qsl(urlsplit(path).query), kind
