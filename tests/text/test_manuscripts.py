"""The file format of announcements, and the fields as programs send them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ConfigError
from hub.text import manuscripts
from hub.text.manuscripts import FIELDS, Letter, read, split

WITA = ZoneInfo("Asia/Makassar")
GOOD: dict[str, Any] = {"number": "440/1/DINKES", "subject": "Imunisasi", "to": ["all"]}

FILE = """+++
number = "440/123/DINKES/XI/2026"
date = 2026-11-24
nature = "penting"
subject = "Jadwal imunisasi"
agency = "Dinas Kesehatan"
to = ["kec:76.02.01", "village:76.02.02.2010"]
valid_from = "24 November 2026 08.00 WITA"
valid_until = 2026-12-01
contact = "0811"
information_class = "serta_merta"
attachments = ["jadwal.pdf", { file = "peta.png", alt = "Peta pos" }]
+++

## Jadwal

Datanglah **pagi**.

+++ bukan pagar
"""


def test_a_file_is_read_whole() -> None:
    letter = read(split(FILE), WITA)
    found = letter.manuscript
    assert letter.faults == ()
    assert (found.number, found.subject) == ("440/123/DINKES/XI/2026", "Jadwal imunisasi")
    assert found.to == ("kec:76.02.01", "village:76.02.02.2010")
    assert found.date == date(2026, 11, 24)
    assert found.valid_from == datetime(2026, 11, 24, 8, tzinfo=WITA)
    assert found.valid_until == datetime(2026, 12, 1, 23, 59, 59, tzinfo=WITA), "a day holds to its end"
    assert (found.nature, found.information_class) == ("penting", "serta_merta")
    assert found.text.startswith("## Jadwal")
    assert found.text.endswith("+++ bukan pagar")
    assert [(each.file, each.alt) for each in letter.enclosed] == [
        ("jadwal.pdf", ""),
        ("peta.png", "Peta pos"),
    ]


def test_the_same_with_the_line_ends_of_windows_and_a_byte_order_mark() -> None:
    assert split("\ufeff\r\n" + FILE.replace("\n", "\r\n")) == split(FILE)


def test_three_fields_are_enough() -> None:
    letter = read(split('+++\nnumber = 12\nsubject = "Rapat"\nto = "all"\n+++\n'), WITA)
    assert letter.faults == ()
    assert (letter.manuscript.number, letter.manuscript.to) == ("12", ("all",))
    assert (letter.manuscript.date, letter.manuscript.nature) == (None, "biasa")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "tidak ada"),
        ("# Rapat\n\n+++\nnumber = 1\n+++\n", "tidak ada"),
        ("+++\nnumber = 1\n", "tidak ditutup"),
        ("+++\nnumber = satu\n+++\n", "bukan TOML"),
    ],
)
def test_a_head_that_cannot_be_read(text: str, what: str) -> None:
    with pytest.raises(ConfigError, match=what) as raised:
        split(text)
    assert [fault.key for fault in raised.value.faults] == ["+++"]


def test_all_faults_at_once_each_with_key_and_cure() -> None:
    wrong = {
        "subjek": "Rapat",
        "number": "",
        "to": [5],
        "date": "31 Februari 2026",
        "valid_until": "besok",
        "nature": "gawat",
        "agency": ["x"],
        "attachments": [{"file": "a", "sha256": "b"}],
    }
    faults = {fault.key: fault for fault in read(wrong, WITA).faults}
    assert faults.keys() == wrong.keys() | {"subject"}
    assert all(fault.problem and fault.cure for fault in faults.values())
    assert "subject" in faults["subjek"].cure, "the name that was meant"
    assert "darurat" in faults["nature"].cure
    english = {fault.key: fault.problem for fault in read(wrong, WITA, "en").faults}
    assert english["date"] == "31 Februari 2026 is no date"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-24T16:00", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("2026-11-24T16:00:00Z", datetime(2026, 11, 24, 16, tzinfo=UTC)),
        ("2026-11-24 16:00:00+07:00", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("24/11/2026 16.00", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("2026-11-24T00:00", datetime(2026, 11, 23, 16, tzinfo=UTC)),
        ("2026-11-24", datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)),
        ("24 Nopember 2026", datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)),
        (date(2026, 11, 24), datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)),
        (datetime(2026, 11, 24, 16), datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("besok", None),
        ("2026-13-01", None),
        ("0001-01-01T00:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        (True, None),
        (20261124, None),
    ],
)
def test_times_as_people_and_programs_write_them(written: object, meant: datetime | None) -> None:
    assert manuscripts.moment(written, WITA, end=True) == meant


def test_files_of_programs_come_in_base64() -> None:
    letter = read(GOOD | {"attachments": [{"name": "a.pdf", "content": "JVBERi0="}]}, WITA)
    assert letter.enclosed[0].content == b"%PDF-"
    [fault] = read(GOOD | {"attachments": [{"name": "a.pdf", "content": "%%%"}]}, WITA).faults
    assert fault.key == "attachments"


def test_what_people_typed_cannot_steer_a_terminal() -> None:
    letter = read(GOOD | {"nature": "\x1b[31m\nx" * 500, "\x1b[0m": 1}, WITA)
    told = "".join(map(str, letter.faults))
    assert "\x1b" not in told
    assert len(told) < 2000


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.dates()
    | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=10), _VALUES, max_size=8))
def test_nothing_is_too_strange_to_be_answered(fields: dict[str, Any]) -> None:
    assert isinstance(read(fields, WITA), Letter)


@given(st.text(max_size=200))
def test_no_file_is_more_than_wrong(text: str) -> None:
    with suppress(ConfigError):
        read(split(f"+++\n{text}"), WITA)
