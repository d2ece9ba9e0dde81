"""Secret options of sources: encrypted at rest, in the clear only in the connector's hands."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from hub.app import Hub
from hub.errors import AuthError, ConfigError
from hub.model import Actor, Batch, Harvest, Oddity, Source
from hub.services.vault import KeyUse
from hub.spec import Check, Context, FetchError, Option
from hub.store.tables import sources
from hub.testing.scripted import ScriptedConnector
from tests.clock import Clock
from tests.services.conftest import FEED

TOKEN = "EAAG-canary-token-0123456789"
ROOT = Actor("cli:root")
OPTIONS = (
    Option("token", secret=True, required=True, help={"en": "the page's token"}),
    Option("page", help={"en": "the page"}),
)


class Tokened(ScriptedConnector):
    """Notes the options that it is lent."""

    options = OPTIONS

    def __init__(self) -> None:
        super().__init__()
        self.lent: list[dict[str, Any]] = []
        self.before = lambda source: self.lent.append(dict(source.options))

    def check(self, source: Source, ctx: Context) -> Check:
        self.lent.append(dict(source.options))
        return Check(1)


@pytest.fixture
def connector() -> Tokened:
    return Tokened()


@pytest.fixture
def source(hub: Hub) -> Source:
    """Added with its site, as one whose only place is a social one."""
    added = hub.registering.add_site(
        "KIM Taan",
        "https://taan.example/",
        "76.02.02.2010",
        connector="scripted",
        feed_url=FEED,
        options={"token": TOKEN, "page": "kimtaan"},
    )
    return added.sources[0]


def sealed(hub: Hub, source: Source) -> str:
    with hub.store.read() as tx:
        return str(tx.connection.scalar(select(sources.c.sealed).where(sources.c.id == source.id)))


def visit(hub: Hub, source: Source) -> Harvest:
    assert isinstance(hub.now, Clock)
    hub.now.forward(minutes=1)
    [harvest] = hub.harvesting.run(source=source.id).harvests
    return harvest


def lock_out(hub: Hub) -> Path:
    """Another key than that which encrypted; the returned file holds the right one still."""
    path = hub.settings.data_dir / "credentials.key"
    kept = path.rename(path.with_suffix(".kept"))
    path.write_text(Fernet.generate_key().decode() + "\n")
    return kept


def test_a_secret_is_lent_to_the_connector_and_stands_nowhere(
    hub: Hub, source: Source, connector: Tokened, tmp_path: Path
) -> None:
    assert dict(source.options) == {"page": "kimtaan"}
    assert TOKEN not in sealed(hub, source)
    hub.registering.check_source(source.id)
    harvest = visit(hub, source)
    assert harvest.reason is None
    assert connector.lent == [{"token": TOKEN, "page": "kimtaan"}] * 3  # checked when added, checked, visited
    assert TOKEN not in repr((harvest, hub.registering.sources(), hub.audit.rows()))
    hub.upkeep.backup(tmp_path / "backup.gz")
    backup = gzip.decompress((tmp_path / "backup.gz").read_bytes()).decode()
    assert TOKEN not in backup
    assert sealed(hub, source) in backup


def test_what_a_connector_says_is_masked(hub: Hub, source: Source, connector: Tokened) -> None:
    url = f"https://graph.example/feed?access_token={TOKEN}"
    connector.plan(
        FEED,
        [FetchError("http_4xx", f"{url} answered 400")],
        [RuntimeError(url)],
        [Batch({}, warnings=(Oddity("degraded", url),))],
    )
    for _ in range(3):
        harvest = visit(hub, source)
        assert TOKEN not in harvest.problem
        problem = hub.registering.source(source.id).problem
        assert "access_token=***" in problem
        assert TOKEN not in problem


def test_rotation_renews_what_sources_have(hub: Hub, source: Source, connector: Tokened) -> None:
    before = sealed(hub, source)
    assert hub.vault.status() == KeyUse(current=1, older=0, lost=0, keys=1)
    assert hub.vault.rotate(ROOT) == KeyUse(current=1, older=0, lost=0, keys=2)
    assert sealed(hub, source) != before
    key_file = hub.settings.data_dir / "credentials.key"
    key_file.write_text(key_file.read_text().splitlines()[0])
    hub.registering.check_source(source.id)
    assert connector.lent[-1]["token"] == TOKEN


def test_without_the_key_the_source_says_so_and_is_well_again_with_it(
    hub: Hub, source: Source, connector: Tokened
) -> None:
    kept = lock_out(hub)
    harvest = visit(hub, source)
    assert harvest.reason == "auth_key"
    assert hub.registering.source(source.id).state == "active"
    with pytest.raises(AuthError) as refused:
        hub.registering.check_source(source.id)
    assert refused.value.reason == "auth_key"
    kept.rename(hub.settings.data_dir / "credentials.key")
    harvest = visit(hub, source)
    assert harvest.reason is None


def test_options_are_changed_one_by_one(hub: Hub, source: Source, connector: Tokened) -> None:
    changed = hub.registering.edit_options(source.id, {"page": "kimbaru"})
    assert dict(changed.options) == {"page": "kimbaru"}
    hub.registering.edit_options(source.id, {"token": "another-token", "page": None})
    hub.registering.check_source(source.id)
    assert connector.lent[-1] == {"token": "another-token"}
    with pytest.raises(ConfigError, match="token"):
        hub.registering.edit_options(source.id, {"token": None})


def test_a_lost_secret_is_only_replaced_by_a_new_one(hub: Hub, source: Source, connector: Tokened) -> None:
    before = sealed(hub, source)
    lock_out(hub)
    with pytest.raises(AuthError):
        hub.registering.edit_options(source.id, {"page": "lain"})
    assert sealed(hub, source) == before
    hub.registering.edit_options(source.id, {"token": "typed anew"})
    hub.registering.check_source(source.id)
    assert connector.lent[-1] == {"token": "typed anew", "page": "kimtaan"}


def test_a_wrong_option_is_named_without_its_neighbour(hub: Hub, source: Source) -> None:
    with pytest.raises(ConfigError) as refused:
        hub.registering.add_source(1, "scripted", "https://a.example/", {"token": TOKEN, "pgae": "x"})
    assert TOKEN not in str(refused.value)


def test_a_token_goes_to_no_other_address_by_itself(
    hub: Hub, source: Source, connector: Tokened, clock: Clock
) -> None:
    moved = [Batch({}, unchanged=True, moved_to="https://elsewhere.example/")]
    connector.plan(FEED, *[moved] * 12)
    for _ in range(12):
        visit(hub, source)
        clock.forward(days=1)
    found = hub.registering.source(source.id)
    assert (found.url, found.moved_to, found.reason) == (FEED, "https://elsewhere.example/", "moved")
    assert hub.registering.confirm_move(source.id).url == "https://elsewhere.example/"


@pytest.mark.parametrize(("days", "warned"), [(15, False), (13, True), (-1, True)])
def test_a_token_that_runs_out_is_warned_of(
    hub: Hub, source: Source, connector: Tokened, clock: Clock, days: int, warned: bool
) -> None:
    ends = clock() + timedelta(days=days)
    connector.plan(FEED, [Batch({"token_expires": ends.isoformat()})])
    harvest = visit(hub, source)
    found = hub.registering.source(source.id)
    assert found.token_ends == ends
    assert (harvest.warning, found.reason) == (("token_ends",) * 2 if warned else (None, None))
    named = [each.message for each in hub.upkeep.check() if each.part == f"source {source.id}"]
    assert [f"{ends:%Y-%m-%d}" in each for each in named] == [True] * warned
