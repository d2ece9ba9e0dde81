"""Dates as village sites write them."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.text.dates import MONTHS, ZONES, parse_date

_MONTHS = ("Jan", "Peb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nop", "Des")
WITA = ZoneInfo("Asia/Makassar")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        # the standards
        ("Tue, 24 Nov 2026 09:00:00 +0000", "2026-11-24 09:00"),
        ("Tue, 24 Nov 2026 09:00:00 +0800", "2026-11-24 01:00"),
        ("24 Nov 2026 09:00 GMT", "2026-11-24 09:00"),
        ("Tue, 24 Nov 26 09:00:00 EST", "2026-11-24 14:00"),
        ("Tue, 24 Nov 99 09:00:00 PDT", "1999-11-24 16:00"),
        ("2026-11-24T01:02:03Z", "2026-11-24 01:02:03"),
        ("2026-11-24T09:02:03+08:00", "2026-11-24 01:02:03"),
        ("2026-11-24T09:02:03.5+0800", "2026-11-24 01:02:03.500000"),
        ("2026-11-24T09:14+08", "2026-11-24 01:14"),
        ("2026-11-24T01:14:00.123456789Z", "2026-11-24 01:14:00.123456"),
        ("2026-11-24", "2026-11-23 16:00"),
        ("2026-11", "2026-10-31 16:00"),
        ("2026", "2025-12-31 16:00"),
        ("20261124T091500Z", "2026-11-24 09:15"),
        # Indonesian names and zones
        ("Sen, 05 Agu 2024 09:00:00 WITA", "2024-08-05 01:00"),
        ("Sel, 24 Nov 2026 09:14:00 +0000", "2026-11-24 09:14"),
        ("Rabu, 5 Agustus 2026 14:30 WIT", "2026-08-05 05:30"),
        ("06 Okt 2026", "2026-10-05 16:00"),
        ("20 Nopember 2022 pukul 09.14 WIB", "2022-11-20 02:14"),
        ("Jum'at, 5 Pebruari 2021", "2021-02-04 16:00"),
        ("Jum’at, 5 Mei 2023 | 10.00 Wita", "2023-05-05 02:00"),
        ("Selasa, 24/11/2026", "2026-11-23 16:00"),
        ("Selasa, 24/11/2026 - 19.30 WITA", "2026-11-24 11:30"),
        ("24-11-26 08:00", "2026-11-24 00:00"),
        ("2026-11-24 09.14", "2026-11-24 01:14"),
        ("2026-11-24 09:14:00 WIB", "2026-11-24 02:14"),
        ("5 Agst 2026 Pkl. 08.00", "2026-08-05 00:00"),
        ("09:14 WITA, 24 Nov 2026", "2026-11-24 01:14"),
        ("AHAD, 1 MARET 2026", "2026-02-28 16:00"),
        # what else is met
        ("24 Nov 2026 09:14 GMT+8", "2026-11-24 01:14"),
        ("24 Nov 2026 09:14 WIB (UTC+07:00)", "2026-11-24 02:14"),
        ("November 24, 2026 3:05 pm", "2026-11-24 07:05"),
        ("24 Nov 2026 12:00 a.m.", "2026-11-23 16:00"),
        ("Tue Nov 24 09:14:00 2026", "2026-11-24 01:14"),
        ("Tue Nov 24 09:14:00 UTC 2026", "2026-11-24 09:14"),
        ("24.11.2026", "2026-11-23 16:00"),
        ("12/31/2026", "2026-12-30 16:00"),
        ("2026-11-24 24:00:00", "2026-11-24 16:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31 23:59:59"),
        # unlikely ones are read too; what to think of them is not decided here
        ("Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01 00:00"),
        ("Thu, 31 Dec 2099 00:00:00 GMT", "2099-12-31 00:00"),
        ("  2026-11-24T01:02:03Z\n", "2026-11-24 01:02:03"),
    ],
)
def test_reads(text: str, utc: str) -> None:
    assert parse_date(text, zone=WITA) == at(utc)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "31 Februari",
        "31 Februari 2024",
        "29 Feb 2023",
        "kemarin",
        "3 hari lalu",
        "24 Foo 2026",
        "2026-13-01",
        "0000-00-00 00:00:00",
        "24 Nov 2026 25:00:00",
        "24 Nov 2026 09:00 +9999",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+10:00",
        "Nov 2026",
        "\x00\ud800",
        "1" * 5000,
    ],
)
def test_names_no_instant(text: str) -> None:
    assert parse_date(text, zone=WITA) is None


def test_zone_counts_only_where_none_is_given() -> None:
    east = timezone(timedelta(hours=9))
    assert parse_date("5 Mei 2026 09:00", zone=east) == at("2026-05-05 00:00")
    assert parse_date("5 Mei 2026 09:00 WIB", zone=east) == at("2026-05-05 02:00")


def test_answers_are_aware_utc() -> None:
    for text in ("5 Mei 2026", "2026-05-05T10:00:00+08:00", "Tue, 05 May 2026 10:00:00 WITA"):
        parsed = parse_date(text, zone=WITA)
        assert parsed is not None
        assert parsed.tzinfo is UTC


@given(st.text(max_size=60) | st.from_regex(r"[0-9A-Za-z ,:./+\-]{0,40}", fullmatch=True))
def test_never_raises(text: str) -> None:
    parsed = parse_date(text, zone=WITA)
    assert parsed is None or parsed.tzinfo is UTC


@given(st.datetimes(datetime(1996, 1, 1), datetime(2098, 1, 1)))
def test_reads_back_what_is_written_in_indonesian(moment: datetime) -> None:
    moment = moment.replace(second=0, microsecond=0)
    month = _MONTHS[moment.month - 1]
    written = f"{moment.day} {month} {moment.year} pukul {moment.hour:02}.{moment.minute:02} WITA"
    assert parse_date(written, zone=UTC) == moment.replace(tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.corpora
def test_knows_all_spellings_collected_from_the_field(shared_data: Path) -> None:
    offsets = {"+07:00": 7, "+08:00": 8, "+09:00": 9}
    with (shared_data / "mamuju" / "bulan_hari_id.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for variant in row["variants"].split("|"):
                if row["kind"] == "month":
                    assert MONTHS[variant] == int(row["n"]), variant
                elif row["kind"] == "tz":
                    assert ZONES[variant].utcoffset(None) == timedelta(hours=offsets[row["n"]])
                else:
                    written = f"{variant.title()}, 5 Mei 2026 08:00 WITA"
                    assert parse_date(written, zone=UTC) == at("2026-05-05 00:00"), variant
