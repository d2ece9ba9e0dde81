"""The villages' passwords at rest: keys, rotation in use, keys that are lost. On both databases."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import insert, select, update

from hub.app import open_hub
from hub.config import build
from hub.errors import AuthError, ConfigError
from hub.model import Actor
from hub.services.vault import KeyUse
from hub.store import Store
from hub.store.tables import sites, targets
from tests.clock import Clock
from tests.services.staff import Staff, open_staff

CANARY = "CNRY abcd EFGH ijkl MNOP qrst"
ROOT = Actor("cli:root")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "credentials.key"


@pytest.fixture
def staff(store: Store, key_file: Path) -> Staff:
    return open_staff(store, Clock(), key_file)


def keep(store: Store, *secrets: str) -> None:
    """Targets with these secrets, as encrypted."""
    now = Clock()()
    site = {
        "id": 1,
        "name": "KIM",
        "url": "https://kim.example/",
        "village": "76.02.01.1002",
        "created_at": now,
    }
    with store.write() as tx:
        tx.connection.execute(insert(sites).values(site))
        rows = [
            {
                "site_id": 1,
                "publisher": "wordpress",
                "secret": each,
                "rank": n,
                "created_at": now,
                "options": {},
            }
            for n, each in enumerate(secrets)
        ]
        tx.connection.execute(insert(targets), rows)


def kept(store: Store) -> list[str]:
    with store.read() as tx:
        return list(tx.connection.scalars(select(targets.c.secret).order_by(targets.c.id)))


def test_what_is_kept_cannot_be_read(staff: Staff, key_file: Path) -> None:
    secret = staff.vault.encrypt(CANARY)
    assert "CNRY" not in secret
    assert secret != staff.vault.encrypt(CANARY)
    assert staff.vault.decrypt(secret) == CANARY
    assert staff.vault.encrypt("") == staff.vault.decrypt("") == ""
    assert key_file.stat().st_mode & 0o077 == 0
    assert len(key_file.read_text().splitlines()) == 1
    assert [each.name for each in key_file.parent.iterdir()] == [key_file.name]


def test_processes_that_start_at_once_make_one_key(store: Store, key_file: Path) -> None:
    vaults = [open_staff(store, Clock(), key_file).vault for _ in range(8)]
    secrets: list[str] = []
    threads = [threading.Thread(target=lambda v=v: secrets.append(v.encrypt(CANARY))) for v in vaults]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {vault.decrypt(secret) for vault in vaults for secret in secrets} == {CANARY}


def test_rotation_renews_all_and_keeps_the_old_key(staff: Staff, key_file: Path) -> None:
    before = [staff.vault.encrypt(f"{CANARY} {n}") for n in range(3)]
    keep(staff.store, *before, "")
    old = key_file.read_text()
    assert staff.vault.status() == KeyUse(current=3, older=0, lost=0, keys=1)
    assert staff.vault.rotate(ROOT) == KeyUse(current=3, older=0, lost=0, keys=2)
    new = key_file.read_text()
    assert new.endswith(old)
    assert key_file.stat().st_mode & 0o077 == 0
    after = kept(staff.store)
    assert after[3] == ""
    assert not set(after[:3]) & set(before)
    # the first line alone opens all that is kept
    key_file.write_text(new.splitlines()[0])
    assert [staff.vault.decrypt(each) for each in after[:3]] == [f"{CANARY} {n}" for n in range(3)]
    [row] = staff.audit.rows()
    assert (row.action, dict(row.after)) == ("secrets.rotate", {"rotated": 3})
    assert new.split()[0] not in repr(row)


def test_nothing_fails_while_another_process_rotates(staff: Staff, store: Store, key_file: Path) -> None:
    """One process decrypts for deliveries and saves a new password; the other rotates, again and again."""
    serving = staff.vault
    keep(store, *[serving.encrypt(f"{CANARY} {n}") for n in range(50)])
    other = open_staff(store, Clock(), key_file).vault
    done = threading.Event()
    problems: list[BaseException] = []

    def rotate() -> None:
        try:
            for _ in range(5):
                other.rotate(ROOT)
        except BaseException as error:
            problems.append(error)
        finally:
            done.set()

    thread = threading.Thread(target=rotate)
    thread.start()
    number = 0
    while not done.is_set() or number == 0:
        number += 1
        with store.write() as tx:
            changed = serving.encrypt(f"{CANARY} baru {number}")
            tx.connection.execute(update(targets).where(targets.c.rank == 7).values(secret=changed))
        found = [serving.decrypt(each) for each in kept(store)]
        assert found[7] == f"{CANARY} baru {number}"
        assert found[8:] == [f"{CANARY} {n}" for n in range(8, 50)]
    thread.join()
    assert problems == []
    assert len(key_file.read_text().split()) == 6
    assert serving.status().lost == 0


def test_rotations_at_once_lose_no_key(store: Store, key_file: Path) -> None:
    vaults = [open_staff(store, Clock(), key_file).vault for _ in range(4)]
    keep(store, *[vaults[0].encrypt(CANARY) for _ in range(20)])
    threads = [threading.Thread(target=vault.rotate, args=(ROOT,)) for vault in vaults]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(key_file.read_text().split())) == 5
    assert {vaults[0].decrypt(each) for each in kept(store)} == {CANARY}


def test_a_lost_key_is_a_reason_and_leaves_what_is_kept(staff: Staff, store: Store, key_file: Path) -> None:
    secret = staff.vault.encrypt(CANARY)
    keep(store, secret)
    lost = key_file.read_text()
    key_file.unlink()
    with pytest.raises(AuthError) as refused:
        staff.vault.decrypt(secret)
    assert refused.value.reason == "auth_key"
    assert refused.value.permanent
    assert "CNRY" not in str(refused.value)
    assert staff.vault.rotate(ROOT) == KeyUse(current=0, older=0, lost=1, keys=2)
    assert kept(store) == [secret]
    key_file.write_text(key_file.read_text() + lost)
    assert staff.vault.decrypt(secret) == CANARY


def test_keys_in_the_configuration(staff: Staff, store: Store, key_file: Path) -> None:
    new, old = (Fernet.generate_key().decode() for _ in range(2))
    before = open_staff(store, Clock(), key_file, old).vault
    keep(store, before.encrypt(CANARY))
    both = open_staff(store, Clock(), key_file, f"{new}, {old}").vault
    assert both.status() == KeyUse(current=0, older=1, lost=0, keys=2)
    assert both.rotate(ROOT) == KeyUse(current=1, older=0, lost=0, keys=2)
    assert not key_file.exists()
    [secret] = kept(store)
    assert open_staff(store, Clock(), key_file, new).vault.decrypt(secret) == CANARY


@pytest.mark.parametrize(
    "keys", ["too short", f"{Fernet.generate_key().decode()},x", " , "], ids=["short", "one of two", "empty"]
)
def test_a_wrong_key_in_the_configuration_is_named(tmp_path: Path, keys: str) -> None:
    settings = build({"security": {"credential_keys": keys}}, root=tmp_path)
    with pytest.raises(ConfigError) as refused:
        open_hub(settings)
    [fault] = refused.value.faults
    assert fault.key == "security.credential_keys"
    assert "backup" in fault.cure


def test_a_damaged_key_file_is_named_and_left(tmp_path: Path) -> None:
    settings = build({}, root=tmp_path)
    path = settings.data_dir / "credentials.key"
    path.parent.mkdir()
    path.write_text("not a key\n")
    with pytest.raises(ConfigError, match=r"credentials\.key holds what is no Fernet key"):
        open_hub(settings)
    assert path.read_text() == "not a key\n"


def test_a_hub_with_another_key_starts(tmp_path: Path) -> None:
    settings = build({}, root=tmp_path)
    hub = open_hub(settings)
    secret = hub.vault.encrypt(CANARY)
    hub.close()
    (settings.data_dir / "credentials.key").write_text(Fernet.generate_key().decode())
    hub = open_hub(settings)
    try:
        with pytest.raises(AuthError):
            hub.vault.decrypt(secret)
        assert hub.vault.decrypt(hub.vault.encrypt(CANARY)) == CANARY
    finally:
        hub.close()
