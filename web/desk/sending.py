"""Choosing whom an announcement is for, and sending it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request

from hub.errors import ConfigError, Conflict
from hub.model import Announcement, Plan, Region
from web import answer, asking, current
from web.desk.access import actor, go, page, person, prove
from web.desk.compose import ONE
from web.desk.forms import SendForm

#: "KIM yang diam": days without a post.
SILENT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom an announcement is for, as ticked on the screen; ``other`` are expressions that have no box
    there (made by the command line) and stay as they are."""

    everybody: bool = False
    kecamatan: frozenset[str] = frozenset()
    villages: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    silent: bool = False
    other: tuple[str, ...] = ()

    @classmethod
    def of(cls, expressions: tuple[str, ...]) -> Choice:
        suffix = f" silent:{SILENT_DAYS}"
        silent = bool(expressions) and all(each.endswith(suffix) for each in expressions)
        terms = [each.removesuffix(suffix) if silent else each for each in expressions]
        parts: dict[str, set[str]] = {"kec": set(), "village": set(), "tag": set()}
        other = []
        for term in terms:
            kind, _, value = term.partition(":")
            if kind in parts and " " not in term:
                parts[kind].add(value)
            elif term != "all":
                other.append(f"{term}{suffix}" if silent else term)
        return cls(
            everybody="all" in terms,
            kecamatan=frozenset(parts["kec"]),
            villages=frozenset(parts["village"]),
            tags=frozenset(parts["tag"]),
            silent=silent,
            other=tuple(other),
        )

    @classmethod
    def read(cls, form: Any) -> Choice:
        everybody = form.get("whom") == "all"
        return cls(
            everybody=everybody,
            kecamatan=frozenset() if everybody else frozenset(form.getlist("kec")),
            villages=frozenset() if everybody else frozenset(form.getlist("village")),
            tags=frozenset() if everybody else frozenset(form.getlist("tag")),
            silent=bool(form.get("silent")),
            other=() if everybody else tuple(form.getlist("other")),
        )

    @property
    def expressions(self) -> tuple[str, ...]:
        """The target expressions; a village inside a chosen kecamatan is not named again."""
        if self.everybody:
            terms = ["all"]
        else:
            terms = [f"kec:{code}" for code in sorted(self.kecamatan)]
            terms += [
                f"village:{code}"
                for code in sorted(self.villages)
                if code.rpartition(".")[0] not in self.kecamatan
            ]
            terms += [f"tag:{name}" for name in sorted(self.tags)]
        if self.silent:
            terms = [f"{term} silent:{SILENT_DAYS}" for term in terms]
        return (*terms, *(each for each in self.other if each not in terms))


@page(f"{ONE}/sasaran", "write")
def choose(key: int) -> Response:
    found = current.hub().noticeboard.get(key)
    if not found.unpublished:
        return go(f"/meja/pengumuman/{key}")
    return _choose(found, Choice.of(found.to))


@page(f"{ONE}/sasaran", "write", post=True)
def chosen(key: int) -> Response:
    hub = current.hub()
    found, choice = hub.noticeboard.get(key), Choice.read(request.form)
    if not found.unpublished:
        return go(f"/meja/pengumuman/{key}", "desk.too_late", kind="trouble")
    plan = _plan(choice.expressions)
    if request.headers.get("X-Requested-With"):
        return answer.page("desk/_plan.html", plan=plan)
    if request.form.get("do") == "plan":
        return _choose(found, choice)
    if plan is None or not choice.expressions:
        return _choose(found, choice, complaint="desk.need.to", status=422)
    hub.announcing.save(
        replace(found.manuscript, to=choice.expressions),
        actor(),
        announcement_id=key,
        rehearsal=found.rehearsal,
    )
    return go(f"/meja/pengumuman/{key}/kirim")


@page(f"{ONE}/kirim", "submit")
def send(key: int) -> Response:
    found = current.hub().noticeboard.get(key)
    if not found.unpublished or found.state == "pending":
        return go(f"/meja/pengumuman/{key}")
    form = SendForm(formdata=None)
    form.when.data = "rehearsal" if found.rehearsal else "now"
    if found.scheduled_at:
        form.when.data = "later"
        form.at.data = found.scheduled_at.astimezone(current.hub().settings.zone).replace(tzinfo=None)
    return _send(found, form)


@page(f"{ONE}/kirim", "submit", post=True)
def sent(key: int) -> Response:
    """Send, schedule or rehearse. An emergency wants the password again, unless it was given just now."""
    hub, form = current.hub(), SendForm()
    found = hub.noticeboard.get(key)
    if not found.unpublished or found.state == "pending":
        # a second click, or somebody else was quicker
        return go(f"/meja/pengumuman/{key}")
    if not form.validate():
        return _send(found, form, status=422)
    if asks_password(found) and (wrong := prove(form.password.data or "")):
        form.password.errors = [wrong]
        return _send(found, form, status=422)
    rehearsal = form.when.data == "rehearsal"
    at = _moment(form.at.data) if form.when.data == "later" else None
    try:
        if rehearsal != found.rehearsal:
            hub.announcing.save(found.manuscript, actor(), announcement_id=key, rehearsal=rehearsal)
        done = hub.announcing.submit(key, actor(), at=at)
    except ConfigError as error:
        form.complain(error)
        return _send(found, form, status=422)
    except Conflict:
        return go(f"/meja/pengumuman/{key}")
    return go(f"/meja/pengumuman/{key}", f"desk.submitted.{done.state}")


def asks_password(announcement: Announcement) -> bool:
    """Whether sending this one wants the password again."""
    return announcement.urgent and not person().fresh


def _moment(when: datetime | None) -> datetime | None:
    return when.replace(tzinfo=current.hub().settings.zone) if when else None


def _plan(expressions: tuple[str, ...]) -> Plan | None:
    try:
        return current.hub().announcing.plan(expressions) if expressions else None
    except ConfigError:
        return None


def _send(found: Announcement, form: SendForm, status: int = 200) -> Response:
    hub = current.hub()
    soon = (hub.now() + timedelta(minutes=1)).astimezone(hub.settings.zone)
    return answer.page(
        "desk/send.html",
        status=status,
        announcement=found,
        form=form,
        plan=_plan(found.to),
        previews=hub.announcing.previews(found.manuscript),
        approval=hub.announcing.needs_approval(found),
        asks_password=asks_password(found),
        soonest=f"{soon:%Y-%m-%dT%H:%M}",
        places=places(found.to),
    )


def _choose(found: Announcement, choice: Choice, *, complaint: str = "", status: int = 200) -> Response:
    hub = current.hub()
    with_target = {each.site_id for each in hub.targets.list() if each.state == "active"}
    sites = [health.site for health in hub.reading.sites()]
    channels = {site.village for site in sites if site.id in with_target}
    return answer.page(
        "desk/choose.html",
        status=status,
        announcement=found,
        choice=choice,
        complaint=complaint,
        groups=_map(channels),
        tags=sorted({tag for site in sites for tag in site.tags}),
        plan=_plan(choice.expressions),
        days=SILENT_DAYS,
    )


def _map(channels: set[str]) -> list[tuple[Region, list[tuple[Region, bool]]]]:
    """Every kecamatan with its villages, and whether each village can be reached."""
    gazetteer = current.hub().gazetteer
    return [
        (kecamatan, [(each, each.code in channels) for each in gazetteer.villages_of(kecamatan.code)])
        for kecamatan in gazetteer.kecamatan
    ]


def places(expressions: tuple[str, ...]) -> list[str]:
    """Target expressions as people read them."""
    return [_place(each) for each in expressions]


def _place(expression: str) -> str:
    say, gazetteer = current.say(), current.hub().gazetteer
    words = []
    for term in expression.split():
        kind, _, value = term.partition(":")
        if term == "all":
            words.append(say.place(gazetteer.district))
        elif kind in ("kec", "village") and asking.is_region(value) and value in gazetteer:
            words.append(say.place(gazetteer.get(value)))
        elif kind == "tag":
            words.append(say.t("desk.to.tag", name=value))
        elif kind == "silent":
            words.append(say.t("desk.to.silent", days=value))
        else:
            words.append(term)
    return ", ".join(words)
