"""Passwords: what is a good one, and argon2id."""

from __future__ import annotations

import threading
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.errors import ConfigError, Fault

#: OWASP ASVS 5.0, 6.2.1 asks for 8; staff accounts speak for a government, so longer.
SHORTEST = 12
LONGEST = 1000
#: What zxcvbn estimates must be this good: 3 of 4, over 10^8 guesses.
_GOOD = 3
#: zxcvbn reads no more; it knows the 30,000 commonest passwords, English words, names, keyboards, dates.
_READ = 72
#: What people here put into passwords, beside that.
# fmt: off
_OBVIOUS = (
    "kimhub", "kabardesa", "kabar", "berita", "desa", "kelurahan", "kecamatan", "kabupaten", "kota",
    "provinsi", "dinas", "kominfo", "diskominfo", "humas", "pemkab", "pemda", "camat", "bupati",
    "indonesia", "jakarta", "makassar", "mamuju", "sulawesi", "merdeka", "pancasila", "garuda", "bismillah",
    "alhamdulillah", "assalamualaikum", "insyaallah", "allah", "rahasia", "sandi", "katasandi",
    "passwordku", "sayang", "sayangku", "cintaku", "aku", "kamu", "selamanya", "bersama", "terbaik",
    "sukses", "semangat", "maju", "jaya", "mantap", "ganteng", "cantik", "anak", "ibu", "bapak", "keluarga",
    "pengumuman", "penyunting", "operator", "petugas", "admin", "administrator", "meja",
)
# fmt: on


class Passwords:
    """Hashes and checks, one at a time: each takes 64 MiB while it works, and anybody can ask for it.

    Args:
        hasher: by default the one of RFC 9106's second choice (64 MiB, three passes).
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._alone = threading.Lock()

    def hash(self, password: str, name: str) -> str:
        """Raises ConfigError where the password is too short or too easy to guess for ``name``."""
        problem = self._problem(password, name)
        if problem:
            raise ConfigError([Fault("password", problem, "a sentence is easy to remember")])
        with self._alone:
            return self._hasher.hash(password)

    def fits(self, hashed: str | None, password: str) -> bool:
        """None, for nobody's hash, costs the same time as a wrong password."""
        decoy = self._decoy
        with self._alone:
            try:
                return self._hasher.verify(hashed or decoy, password[: LONGEST + 1]) and hashed is not None
            except (VerificationError, InvalidHashError, UnicodeEncodeError):
                return False

    @cached_property
    def _decoy(self) -> str:
        return self._hasher.hash("nobody has this password")

    def _problem(self, password: str, name: str) -> str:
        if len(password) < SHORTEST:
            return f"has fewer than {SHORTEST} characters"
        if len(password) > LONGEST:
            return f"has more than {LONGEST} characters"
        if not password.isprintable():
            return "has invisible characters"
        if len(set(password.casefold())) < 5:
            return "is too easy to guess"
        from zxcvbn import zxcvbn  # its word lists take a moment, and few commands need them

        with self._alone:  # zxcvbn keeps the words given in a global
            found = zxcvbn(password[:_READ], user_inputs=[name, *name.split(), *_OBVIOUS])
        return "" if found["score"] >= _GOOD else "is too easy to guess"
