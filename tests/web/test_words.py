"""Words, dates, addresses and what is read from a query string."""

from __future__ import annotations

import gettext
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

import web
from hub.config import build
from hub.errors import REASONS
from hub.model import (
    ANNOUNCEMENT_STATES,
    CANARY_ALARMS,
    DELIVERY_STATES,
    INFORMATION_CLASSES,
    NATURES,
    ROLES,
    SCOPES,
    SEVERITIES,
    Region,
)
from web import asking
from web.app import make_flask
from web.asking import Unreadable
from web.errors import WORDED
from web.paths import Paths
from web.portal.examples import KINDS as EXAMPLES
from web.portal.narrowing import FACETS, PERIODS
from web.portal.sources import STATES
from web.portal.warnings import KINDS
from web.present import Wording, host_of, iso, xml_text

ACCESS = (
    *(f"can.{name}" for name in ("keyboard", "aloud", "large", "contrast", "still", "script", "light")),
    *(f"limits.{name}" for name in ("automatic", "people", "pictures", "papers", "voice")),
    *(f"page.{name}" for name in ("home", "search", "post")),
    *(f"score.{name}" for name in ("performance", "accessibility", "best-practices", "seo")),
)
VERDICTS = ("genuine", "corrected", "not_yet_valid", "expired", "withdrawn", "unknown")
STANDINGS = ("withdrawn", "expired", "not_yet_valid", "corrected")
FOLDER = Path(web.__file__).parent
MAKASSAR = ZoneInfo("Asia/Makassar")
NOW = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)  # 11.30 WITA


def wording(lang: str = "id", now: datetime = NOW) -> Wording:
    own = gettext.translation("messages", FOLDER / "translations", [lang])
    core = gettext.translation("hub", FOLDER.parent / "hub" / "locale", [lang])
    return Wording(lang, own, core, zone=MAKASSAR, now=now)


@pytest.mark.parametrize(
    ("ago", "indonesian", "english"),
    [
        (timedelta(seconds=-300), "baru saja", "just now"),
        (timedelta(seconds=30), "baru saja", "just now"),
        (timedelta(minutes=5), "5 menit lalu", "5 minutes ago"),
        (timedelta(hours=1), "1 jam lalu", "1 hour ago"),
        (timedelta(hours=11), "11 jam lalu", "11 hours ago"),
        (timedelta(hours=12), "kemarin", "yesterday"),
        (timedelta(days=3), "3 hari lalu", "3 days ago"),
        (timedelta(days=12), "12 November 2026", "12 November 2026"),
    ],
)
def test_how_long_ago(ago: timedelta, indonesian: str, english: str) -> None:
    assert wording("id").ago(NOW - ago) == indonesian
    assert wording("en").ago(NOW - ago) == english


def test_late_at_night_the_evening_was_not_yesterday() -> None:
    just_after_midnight = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # 01.00 WITA
    say = wording(now=just_after_midnight)
    assert say.ago(just_after_midnight - timedelta(hours=2)) == "2 jam lalu"


def test_dates_and_numbers_as_written_here() -> None:
    say = wording()
    when = datetime(2026, 11, 24, 1, 14, 59, tzinfo=UTC)
    assert say.full(when) == "Selasa, 24 November 2026, 09.14 WITA"
    assert wording("en").full(when) == "Tuesday, 24 November 2026, 09:14 WITA"
    assert say.day(datetime(2026, 8, 16, 17, tzinfo=UTC)) == "17 Agustus 2026"
    assert say.month("2026-08") == "Agustus 2026"
    assert say.month("rusak") == "rusak"
    assert (say.number(1234567), wording("en").number(1234567)) == ("1.234.567", "1,234,567")
    assert iso(when) == "2026-11-24T01:14:59Z"
    assert iso(when.astimezone(MAKASSAR)) == "2026-11-24T01:14:59Z"


def test_a_place_has_its_kind_once() -> None:
    say = wording()
    assert say.place(Region("76.02.02.2011", "Taan", "desa")) == "Desa Taan"
    assert say.place(Region("76.02.01.1002", "Binanga", "kelurahan")) == "Kelurahan Binanga"
    assert say.place(Region("76.02", "Kabupaten Mamuju", "kabupaten")) == "Kabupaten Mamuju"


def test_words_escape_what_people_typed() -> None:
    answer = wording().th("search.none", q="<script>alert(1)</script>")
    assert "<script>" not in answer
    assert "<em>" in answer


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_reason_has_words_and_a_cure(lang: str) -> None:
    say = wording(lang)
    for reason in REASONS:
        assert say.reason(reason) != f"reason.{reason}"
        assert say.cure(reason) != f"cure.{reason}"


def used_keys() -> set[str]:
    """Keys that templates and modules name, and those they put together from closed lists."""
    named = re.compile(r"""\b(?:t|th|tn)\(\s*["']([a-z0-9_.]+)["']\s*[,)]""")
    sources = [*FOLDER.rglob("templates/**/*.html"), *FOLDER.rglob("*.py")]
    found = {key for path in sources for key in named.findall(path.read_text("utf-8"))}
    found |= {f"help.{name}" for name in EXAMPLES} | {f"facet.period.{name}" for name in PERIODS}
    found |= {f"facet.{name}" for name in FACETS} | {f"state.{name}" for name in STATES}
    found |= {f"error.{code}.{part}" for code in WORDED for part in ("what", "do")}
    found |= {f"nature.{name}" for name in NATURES} | {f"notices.standing.{name}" for name in STANDINGS}
    found |= {f"warnings.severity.{each.lower()}" for each in SEVERITIES}
    found |= {f"warnings.kind.{each}" for each in KINDS}
    found |= {f"check.{verdict}" for verdict in VERDICTS}
    found |= {f"access.{name}" for name in ACCESS}
    found |= {f"notices.sheet.kind.{name}" for name in ("first", "corrected")}
    kinds = ("provinsi", "kabupaten", "kota", "kecamatan", "distrik", "kelurahan", "desa", "desa_adat")
    return found | {f"kind.{kind}" for kind in kinds} | desk_keys(sources)


def desk_keys(sources: list[Path]) -> set[str]:
    """Keys of the desk and of forms like its own: those in quotes, and those put together."""
    quoted = re.compile(r"""["']((?:desk|submit)\.[a-z0-9_.]+[a-z0-9])["']""")
    found = {key for path in sources for key in quoted.findall(path.read_text("utf-8"))}
    states = (*DELIVERY_STATES, "without_channel")
    families = {
        "desk.home.parts": CANARY_ALARMS,
        "desk.role": [each + more for each in ROLES for more in ("", ".may")],
        "desk.nature": [each + more for each in NATURES for more in ("", ".hint")],
        "desk.scope": [each + more for each in SCOPES for more in ("", ".hint")],
        "desk.when": [each + more for each in ("now", "later", "rehearsal") for more in ("", ".hint")],
        "desk.markdown": [
            each + more for each in ("bold", "list", "numbered", "heading", "link") for more in ("", ".means")
        ],
        "desk.class": INFORMATION_CLASSES,
        "desk.fault": ["name", "password"],
        "desk.stage": ANNOUNCEMENT_STATES,
        "desk.state": states,
        "desk.count": states,
        "desk.why": ["without_channel", "edited_there", "removed_there", "still_live", "unknown"],
        "desk.submitted": ["published", "scheduled", "pending"],
        "desk.compose": ["new", "edit", "correct"],
        "desk.step": ["write", "choose", "send"],
        "desk.consent.step": ["1", "2", "3"],
        "desk.file": ["picture", "pdf"],
        "desk.channel.is": ["ok", "trouble", "paused", "new"],
        "desk.channel.now": ["active", "paused"],
        "desk.column": ["village", "kecamatan", "site", "channel", "state", "since", "url", "problem"],
        "desk.audit": ["when", "who", "what", "thing", "change"],
        "desk.event": ["create", "update", "withdraw", "verify", "harvest", "resend", "confirm"],
        "desk.result": [
            *("done", "seen", "edited", "gone", "unproven", "failed", "unknown"),
            *("edited_there", "removed_there", "still_live"),
        ],
    }
    made = {f"{family}.{name}" for family, names in families.items() for name in names}
    return (found | made) - {"desk.css", "desk.js", "submit.html"}


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_key_in_use_has_words_and_no_other_is_kept(lang: str) -> None:
    with (FOLDER / "translations" / lang / "LC_MESSAGES" / "messages.po").open("rb") as po:
        known = {each.id if isinstance(each.id, str) else each.id[0] for each in read_po(po) if each.id}
    assert used_keys() == known


def test_templates_trust_nothing_by_hand() -> None:
    for path in FOLDER.rglob("templates/**/*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape|<style| style=| on[a-z]+=", text), path.name


# -- addresses --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["", "en"])
def test_every_address_is_a_route(lang: str) -> None:
    class Closed:
        settings = build({}, root=Path())

    routes = make_flask(Closed()).url_map.bind("x")  # type: ignore[arg-type]
    paths = Paths(lang)
    village, kecamatan = Region("76.02.02.2011", "Taan", "desa"), Region("76.02.02", "Tapalang", "kecamatan")
    made = [paths.home(), paths.search({"q": "a b&c"}), paths.post(7), paths.region(village)]
    made += [paths.region(kecamatan, 2), paths.topic("gotong-royong"), paths.site(3), paths.sources()]
    made += [paths.about(), paths.help(), *(paths.feed(kind, {"q": "é"}) for kind in ("xml", "atom", "json"))]
    for address in made:
        path, _, query = address.partition("?")
        routes.match(path)
        assert ("lang=en" in query) is bool(lang), address


@pytest.mark.parametrize("url", ["https://Desa.Example.id:8443/x", "http://user@desa.example.id/"])
def test_the_true_host_is_shown(url: str) -> None:
    assert host_of(url) == "desa.example.id"
    assert host_of("http://[rusak") == ""


# -- what was asked ---------------------------------------------------------------------------------

GOOD = {
    "q": " posyandu\x00 ",
    "village": "76.02.02.2011",
    "kecamatan": "76.02.02",
    "site": "3",
    "topic": "gotong-royong",
    "since": "2026-01-31",
    "until": "2026-02-28",
    "sort": "newest",
    "page": "2",
    "limit": "1000000",
}


def test_a_good_question_is_read_whole() -> None:
    asked = asking.read(GOOD, strict=True)
    assert (asked.q, asked.site, asked.page, asked.limit) == ("posyandu", 3, 2, 100)
    filters = asked.filters(MAKASSAR)
    assert filters.since == datetime(2026, 1, 31, tzinfo=MAKASSAR)
    assert filters.until == datetime(2026, 3, 1, tzinfo=MAKASSAR), "the last day is inside"
    assert asked.params(q=None)["until"] == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("village", "7602022011"),
        ("village", "76.02.02"),
        ("kecamatan", "x' OR 1=1"),
        ("site", "-1"),
        ("site", "٣"),
        ("topic", "a/b"),
        ("since", "2026-02-31"),
        ("until", "0001-01-01"),
        ("sort", "random()"),
        ("page", "1e309"),
        ("limit", "0"),
    ],
)
def test_nonsense_is_dropped_on_pages_and_named_by_the_api(name: str, value: str) -> None:
    assert asking.read({name: value}) == asking.read({})
    with pytest.raises(Unreadable, match=name):
        asking.read({name: value}, strict=True)


@given(st.dictionaries(st.sampled_from([*GOOD, "cursor", "lang"]), st.text(max_size=30)))
def test_no_question_is_an_error(args: dict[str, str]) -> None:
    asked = asking.read(args)
    assert 1 <= asked.page <= asking.MAX_PAGE
    assert 1 <= asked.limit <= asking.MAX_LIMIT
    asked.filters(MAKASSAR)
    Paths("en").search(asked.params())


def test_feeds_hold_nothing_that_xml_cannot() -> None:
    assert xml_text("kabar\x00\x0b \ud800desa\ufffe\n") == "kabar desa\n"
