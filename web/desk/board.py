"""The board: where an announcement stands, village by village, and what can be done about it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Response, request

from hub.errors import NotFound
from hub.model import DELIVERY_STATES, Announcement, Board, BoardRow, Delivery
from web import answer, asking, current
from web.desk.access import actor, go, page
from web.desk.compose import ONE
from web.desk.sending import asks_password, places
from web.desk.words import MARKS, OVERWRITE, RESEND, Progress, progress, state_of
from web.present import iso

ONE_DELIVERY = f"/meja/kiriman/<int(max={asking.MAX_ID}):key>"
#: The channel whose text a person forwards.
BY_HAND = "whatsapp"
#: A cell that begins like this would be run by a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Line:
    """A row as shown: with its state in words, and what can be done about it."""

    row: BoardRow
    state: str
    words: str
    text: str = ""
    forward: str = ""

    @property
    def resend(self) -> bool:
        return self.state in RESEND

    @property
    def overwrite(self) -> bool:
        return self.state in OVERWRITE


@dataclass(frozen=True, slots=True)
class Shown:
    """What part of the board is shown."""

    state: str = ""
    kecamatan: str = ""
    publisher: str = ""

    @classmethod
    def read(cls) -> Shown:
        args = request.args
        state, kecamatan = args.get("state", ""), args.get("kecamatan", "")
        return cls(
            state if state in (*DELIVERY_STATES, "without_channel") else "",
            kecamatan if asking.is_region(kecamatan) else "",
            args.get("channel", "")[:64],
        )

    def covers(self, line: Line) -> bool:
        delivery = line.row.delivery
        return (
            self.state in ("", line.state)
            and self.kecamatan in ("", line.row.kecamatan.code)
            and self.publisher in ("", delivery.publisher if delivery else "-")
        )

    @property
    def params(self) -> dict[str, str]:
        return {"state": self.state, "kecamatan": self.kecamatan, "channel": self.publisher}


@page(ONE, "see")
def announcement(key: int) -> Response:
    hub = current.hub()
    found = hub.noticeboard.get(key)
    board = hub.noticeboard.board(key) if found.published_at else None
    return answer.page(
        "desk/announcement.html",
        announcement=found,
        places=places(found.to),
        approval=hub.announcing.needs_approval(found),
        asks_password=asks_password(found),
        editable=found.unpublished,
        versions=hub.noticeboard.versions(key),
        **(_board(found, board) if board else {"board": None}),
    )


@page(f"{ONE}/papan", "see")
def board_now(key: int) -> Response:
    """The board alone, for the page that watches it."""
    hub = current.hub()
    found = hub.noticeboard.get(key)
    if not found.published_at:
        raise NotFound("board", key)
    return answer.page("desk/_board.html", announcement=found, **_board(found, hub.noticeboard.board(key)))


@page(f"{ONE}/papan.csv", "see")
def board_csv(key: int) -> Response:
    hub = current.hub()
    found = hub.noticeboard.get(key)
    lines = _lines(found, hub.noticeboard.board(key).rows)
    response = answer.document(_csv(lines), "text/csv; charset=utf-8", cache=answer.NEVER)
    response.headers["Content-Disposition"] = f'attachment; filename="papan-{key}.csv"'
    return response


@page(f"{ONE}/ulang", "resend", post=True)
def resend_failed(key: int) -> Response:
    """All that failed, once more."""
    count = current.hub().announcing.resend(key, actor())
    return go(f"/meja/pengumuman/{key}", "desk.resent", n=current.say().number(count))


@page(ONE_DELIVERY, "see")
def delivery(key: int) -> Response:
    """One copy's history, line by line."""
    found, one = _delivery(key)
    lines = _lines(found, current.hub().noticeboard.board(found.id).rows)
    line = next((each for each in lines if each.row.delivery and each.row.delivery.id == key), None)
    return answer.page(
        "desk/delivery.html",
        announcement=found,
        delivery=one,
        line=line,
        state=one.state,
        words=state_of(one),
        village=current.hub().gazetteer.get(one.village),
        events=current.hub().noticeboard.events(key),
    )


@page(f"{ONE_DELIVERY}/ulang", "resend", post=True)
def resend_one(key: int) -> Response:
    """One copy once more; ``overwrite`` puts our text over what the village made of it."""
    found, _ = _delivery(key)
    overwrite = request.form.get("overwrite") == "1"
    count = current.hub().announcing.resend(found.id, actor(), delivery_ids=[key], overwrite=overwrite)
    return go(f"/meja/pengumuman/{found.id}", "desk.resent", n=current.say().number(count))


def _delivery(key: int) -> tuple[Announcement, Delivery]:
    hub = current.hub()
    one = hub.noticeboard.delivery(key)
    return hub.noticeboard.get(one.announcement_id), one


def _board(found: Announcement, board: Board) -> dict[str, Any]:
    shown = Shown.read()
    lines = _lines(found, board.rows)
    remaining = [line for line in lines if line.state == "still_live"]
    summary: Progress = progress(found, board.counts, board.moving)
    return {
        "board": board,
        "progress": summary,
        "lines": [line for line in lines if shown.covers(line)],
        "shown": shown,
        "kecamatan": sorted({line.row.kecamatan for line in lines}, key=lambda each: each.code),
        "channels": sorted({line.row.delivery.publisher for line in lines if line.row.delivery}),
        "remaining": remaining if found.state in ("withdrawn", "expired") else [],
    }


def _lines(found: Announcement, rows: Sequence[BoardRow]) -> list[Line]:
    by_hand = any(row.delivery and row.delivery.publisher == BY_HAND for row in rows)
    text = _to_forward(found) if by_hand else ""
    lines = [_line(found, row, text) for row in rows]
    # what needs somebody stands first
    return sorted(lines, key=lambda line: MARKS[line.state] != "trouble")


def _to_forward(found: Announcement) -> str:
    """What a person forwards: the text, or that it holds no more, for nobody can call back a message."""
    notice = current.hub().noticeboard.notice(found.id)
    return notice.short if found.state == "published" else notice.withdrawal_text


def _line(found: Announcement, row: BoardRow, text: str) -> Line:
    one = row.delivery
    if one is None:
        return Line(row, "without_channel", current.say().t("desk.state.without_channel"))
    if one.publisher != BY_HAND or one.first_sent_at is None:
        return Line(row, one.state, state_of(one))
    return Line(row, one.state, state_of(one), text, f"https://wa.me/?text={quote(text)}")


def _csv(lines: Sequence[Line]) -> str:
    say, out = current.say(), io.StringIO()
    writer = csv.writer(out)
    columns = ("village", "kecamatan", "site", "channel", "state", "since", "url", "problem")
    writer.writerow([*(say.t(f"desk.column.{name}") for name in columns), "code"])
    for line in lines:
        row, one = line.row, line.row.delivery
        cells = [say.place(row.village), row.kecamatan.name]
        if one is None:
            cells += ["", "", say.t("desk.state.without_channel"), "", "", ""]
        else:
            problem = say.reason(one.cause) if one.reason else ""
            word = say.t(f"desk.state.{one.state}")
            cells += [one.site, one.publisher, word, iso(one.updated_at) or "", one.remote_url, problem]
        writer.writerow([*map(_plain, cells), row.village.code])
    return "\ufeff" + out.getvalue()


def _plain(cell: str) -> str:
    """``cell`` as text even to a spreadsheet (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
