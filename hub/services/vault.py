"""The villages' passwords and tokens, of targets and of sources, encrypted at rest (Fernet: AES-128-CBC with
HMAC-SHA256).

The keys are in the configuration, or in a file beside the database: one per line, the first encrypts, all
decrypt. The file is looked at again whenever it changes, so that a rotation in one process is seen by the
others before they meet a secret of the new key.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from hub.errors import AuthError, ConfigError, Fault
from hub.model import Actor
from hub.services.audit import Audit
from hub.services.rights import demand
from hub.store import Store
from hub.store.secrets import Resealed, Secret

SETTING = "security.credential_keys"


@dataclass(frozen=True, slots=True)
class KeyUse:
    """How many secrets there are: under the key that encrypts, under older ones, and under none of ours."""

    current: int
    older: int
    lost: int
    keys: int


class Vault:
    """Encrypts what the hub must keep to sign in elsewhere.

    Args:
        keys: Fernet keys separated by commas, as configured; empty: those in ``path``.
        path: the key file, made at the first use.

    Raises:
        ConfigError: a key is no Fernet key, or the file cannot be read. A lost or foreign key is no error
            here: the hub starts, and the targets and sources concerned report ``auth_key``.
    """

    def __init__(self, store: Store, audit: Audit, keys: str, path: Path) -> None:
        self._store, self._audit, self._path = store, audit, path
        self._configured = _parse(keys.split(","), SETTING) if keys.strip() else []
        self._read: list[Fernet] = []
        self._stamp: tuple[int, ...] = ()
        self._reading = threading.Lock()
        if not self._configured and path.exists():
            self._keys()

    @property
    def configured(self) -> bool:
        """Whether the keys stand in the configuration, where only the operator can change them."""
        return bool(self._configured)

    def encrypt(self, text: str) -> str:
        """Empty stays empty."""
        return self._keys()[0].encrypt(text.encode()).decode() if text else ""

    def decrypt(self, text: str) -> str:
        """Raises AuthError (``auth_key``) when none of the keys fits."""
        if not text:
            return ""
        try:
            return MultiFernet(self._keys()).decrypt(text.encode()).decode()
        except InvalidToken:
            raise AuthError("auth_key", "no key decrypts this password", permanent=True) from None

    def status(self) -> KeyUse:
        keys = self._keys()
        with self._store.read() as tx:
            secrets = tx.secrets.all()
        current = sum(_fits(keys[:1], secret.text) for secret in secrets)
        older = sum(_fits(keys[1:], secret.text) for secret in secrets)
        return KeyUse(current, older, len(secrets) - current - older, len(keys))

    def rotate(self, by: Actor) -> KeyUse:
        """Encrypt all secrets anew: under a new key that goes to the top of the key file or, with keys in
        the configuration, under the first of those. Older keys stay, so that nothing fails meanwhile.

        Raises:
            ConfigError: the key file cannot be written.
        """
        demand(by, "people")
        with self._store.write() as tx:
            # at the same time in two processes, one new key would overwrite the other
            tx.secrets.change_keys_alone()
            if not self._configured:
                self._keys()
                _write(self._path, [Fernet.generate_key().decode(), *_lines(self._path)])
        keys = self._keys()
        with self._store.read() as tx:
            secrets = tx.secrets.all()
        # outside of any transaction: writers would wait for seconds
        resealed = _reseal(keys, secrets)
        with self._store.write() as tx:
            tx.secrets.replace(resealed)
            self._audit.record(tx, by, "secrets.rotate", "targets", after={"rotated": len(resealed)})
        return self.status()

    def _keys(self) -> Sequence[Fernet]:
        if self._configured:
            return self._configured
        with self._reading:
            try:
                stamp = _stamp(self._path)
            except FileNotFoundError:
                _make(self._path)
                stamp = _stamp(self._path)
            if stamp != self._stamp:
                self._read = _parse(_lines(self._path), str(self._path))
                self._stamp = stamp
            return self._read


def _reseal(keys: Sequence[Fernet], secrets: Sequence[Secret]) -> list[Resealed]:
    """Secrets that no key fits stay as they are: a key may be found again."""
    ring, resealed = MultiFernet(keys), []
    for secret in secrets:
        try:
            resealed.append(Resealed(secret, ring.rotate(secret.text.encode()).decode()))
        except InvalidToken:
            continue
    return resealed


def _fits(keys: Sequence[Fernet], secret: str) -> bool:
    for key in keys:
        try:
            key.decrypt(secret.encode())
        except InvalidToken:
            continue
        return True
    return False


# -- the key file -----------------------------------------------------------------------------------


def _parse(keys: Sequence[str], where: str) -> list[Fernet]:
    try:
        found = [Fernet(key.strip()) for key in keys if key.strip()]
    except ValueError as error:
        raise _fault(where, "holds what is no Fernet key (32 bytes in URL-safe base64)") from error
    if not found:
        raise _fault(where, "holds no key")
    return found


def _fault(where: str, problem: str) -> ConfigError:
    cure = "put back the keys from your backup; without them the villages' passwords must be typed anew"
    return ConfigError([Fault(SETTING, problem if where == SETTING else f"{where} {problem}", cure)])


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _fault(str(path), f"cannot be read: {error.strerror}") from error
    return status.st_ino, status.st_mtime_ns, status.st_size


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise _fault(str(path), f"cannot be read: {error}") from error


def _make(path: Path) -> None:
    """A file with one key, unless another process was quicker."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = _part(path, [Fernet.generate_key().decode()])
        try:
            # unlike a rename, a link never replaces
            os.link(part, path)
        except FileExistsError:
            pass
        finally:
            part.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def _write(path: Path, keys: Sequence[str]) -> None:
    """Replace the file at once: a reader sees the old keys or the new ones."""
    try:
        _part(path, keys).replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error


def _part(path: Path, keys: Sequence[str]) -> Path:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # readable by the owner alone
    with os.fdopen(descriptor, "w") as out:
        out.write("".join(f"{key}\n" for key in keys))
        out.flush()
        os.fsync(out.fileno())
    return Path(name)


def _unwritable(path: Path, error: OSError) -> ConfigError:
    return ConfigError([Fault(SETTING, f"{path}: {error.strerror}", "check the folder's rights")])
