"""Real WordPress sites on loopback: Debian's package on PHP's own server, one SQLite file per site.

``tests/servers/install.sh`` brings what is needed. One blank site is installed; every further site is a
copy of its database, so a whole district of them costs little.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CODE = Path("/usr/share/wordpress")
HERE = Path(__file__).parent
DROPIN = HERE.parents[1] / ".cache/servers/sqlite-database-integration.zip"
ADDRESS = "127.10.200.1"
WORKERS = "3"
PHP_OPTIONS = ("opcache.enable_cli=1", "memory_limit=256M", "display_errors=0", "max_execution_time=60")
MODULES = {"pdo_sqlite", "mbstring", "xml", "gd"}


def lacking() -> str:
    """What is missing on this machine for a real WordPress, or empty."""
    if not shutil.which("php"):
        return "PHP is not installed (tests/servers/install.sh)"
    modules = subprocess.run(["php", "-m"], capture_output=True, text=True, timeout=30).stdout.lower().split()
    if absent := MODULES.difference(modules):
        return f"PHP lacks {', '.join(sorted(absent))} (tests/servers/install.sh)"
    if not (CODE / "wp-settings.php").is_file():
        return "WordPress is not installed (tests/servers/install.sh)"
    if not DROPIN.is_file():
        return "WordPress's SQLite drop-in is not there (tests/servers/install.sh)"
    return ""


@dataclass(frozen=True)
class Site:
    """One WordPress site. ``url`` ends with a slash; the writer is an editor named Siti Rahma. ``passwords``
    are Application Passwords of others by user: pewarta (author), kontributor, pembaca (subscriber)."""

    url: str
    database: Path
    user: str
    password: str
    passwords: Mapping[str, str]

    def api(self, method: str, route: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask ``route`` (``wp/v2/posts/7``) as the writer, with an Application Password."""
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        request = urllib.request.Request(
            f"{self.url}index.php?rest_route=/{route.replace('?', '&')}",
            data=json.dumps(body).encode() if body is not None else None,
            method=method,
            headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def write(self, title: str, **fields: Any) -> int:
        """Publish a post (or whatever ``status`` says); its id."""
        body = {"title": title, "content": f"<p>{title}.</p>", "status": "publish", **fields}
        return int(self.api("POST", "wp/v2/posts", body)["id"])

    def edit(self, post: int, **fields: Any) -> None:
        self.api("POST", f"wp/v2/posts/{post}", fields)

    def trash(self, post: int) -> None:
        self.api("DELETE", f"wp/v2/posts/{post}")

    def cron(self) -> None:
        """Run what is due, such as publishing scheduled posts."""
        with urllib.request.urlopen(f"{self.url}wp-cron.php?doing_wp_cron", timeout=60):
            pass

    def set_option(self, name: str, value: str) -> None:
        """Set a row of wp_options."""
        self.execute("DELETE FROM wp_options WHERE option_name = ?", name)
        self.execute(
            "INSERT INTO wp_options (option_name, option_value, autoload) VALUES (?, ?, 'no')", name, value
        )

    def execute(self, statement: str, *values: object) -> None:
        """Change the database behind WordPress's back."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            connection.execute(statement, values)

    def plain_permalinks(self) -> None:
        """No rewriting: posts live at ``/?p=12`` and REST at ``/?rest_route=/``."""
        self.set_option("permalink_structure", "")
        self.set_option("rewrite_rules", "")

    def fault(self, fault: str, value: str = "1") -> None:
        """Switch a fault of ``wp/mu-plugin.php`` on, or off with an empty ``value``."""
        self.set_option(f"kimhub_{fault}", value)

    def close_rest(self, closed: bool = True) -> None:
        """Do as a security plugin does: 401 ``rest_login_required`` to anonymous visitors."""
        self.set_option("kimhub_rest_closed", "1" if closed else "")


class WordPress:
    """A running PHP server and the sites on it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = folder / "root"
        self._databases = folder / "databases"
        self._databases.mkdir(parents=True)
        self.base = free_base(ADDRESS)
        self._passwords: dict[str, str] = {}
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Lay out the code, install the blank site and listen."""
        _lay_out(self._root)
        told = self._php("blank", "install", "Blank").strip().splitlines()[-4:]
        self._passwords = dict(line.split() for line in told)
        self._server = self._listen(self.base)

    def stop(self) -> None:
        if self._server is not None:
            _stop(self._server)

    @contextmanager
    def answering_at(self, base: str) -> Iterator[None]:
        """Meanwhile all sites answer at the address ``base`` too (see ``free_base``), and believe that it
        is theirs."""
        server = self._listen(base)
        try:
            yield
        finally:
            _stop(server)

    def _listen(self, base: str) -> subprocess.Popen[bytes]:
        options = [part for each in PHP_OPTIONS for part in ("-d", each)]
        command = ["php", *options, "-S", base.removeprefix("http://"), "-t", str(self._root)]
        with (self._folder / "php.log").open("ab") as log:
            server = subprocess.Popen(
                [*command, str(HERE / "wp/router.php")],
                env=self._environment("") | {"KIMHUB_BASE": base, "PHP_CLI_SERVER_WORKERS": WORKERS},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # its workers outlive it unless the whole group is stopped
            )
        try:
            _wait(base)
        except BaseException:
            _stop(server)
            raise
        return server

    def site(self, name: str, title: str = "KIM Contoh", posts: int = 0) -> Site:
        """A new site at ``/<name>/`` with ``posts`` published posts (the same for the same number).

        They are dated from 5 January 2026 on, five a moment, two hours apart; the last two have pictures.
        """
        template = f"template-{posts}"
        if not (self._databases / f"{template}.sqlite").exists():
            self._copy("blank", template)
            if posts:
                self._php(template, "seed", "Warta", str(posts))
        self._copy(template, name, title)
        user = "penulis"
        database = self._databases / f"{name}.sqlite"
        return Site(f"{self.base}/{name}/", database, user, self._passwords[user], self._passwords)

    def _copy(self, origin: str, name: str, title: str = "") -> None:
        target = self._databases / f"{name}.sqlite"
        assert not target.exists(), f"there is a site {name} already"
        with (
            closing(sqlite3.connect(self._databases / f"{origin}.sqlite")) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
            with copy:
                copy.execute("UPDATE wp_posts SET guid = replace(guid, ?, ?)", (f"/{origin}/", f"/{name}/"))
                copy.execute(
                    "UPDATE wp_options SET option_value = ? WHERE option_name = 'blogname'", (title,)
                )
        uploads = self._root / "wp-content/uploads"
        if (uploads / origin).is_dir():
            shutil.copytree(uploads / origin, uploads / name)

    def _environment(self, site: str) -> dict[str, str]:
        return dict(os.environ) | {
            "KIMHUB_SITE": site,
            "KIMHUB_BASE": self.base,
            "KIMHUB_ROOT": str(self._root),
            "KIMHUB_DATABASES": str(self._databases),
        }

    def _php(self, site: str, task: str, title: str, count: str = "0") -> str:
        done = subprocess.run(
            ["php", "-d", "display_errors=0", str(HERE / "wp/site.php"), task, title, count],
            env=self._environment(site),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"{task} {site}: {done.stderr[-500:]}{done.stdout[-500:]}"
        return done.stdout


def free_base(address: str) -> str:
    """The base of a server to be at a loopback address, on a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return f"http://{address}:{probe.getsockname()[1]}"


def _wait(base: str) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(f"{base}/blank/wp-json/", timeout=30).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def _stop(server: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait(10)


def _lay_out(root: Path) -> None:
    """WordPress's code with our configuration. The links of Debian's package are followed, since PHP
    takes a file's real place for WordPress's folder."""
    shutil.copytree(CODE, root, ignore=shutil.ignore_patterns("wp-config.php", ".htaccess", "languages"))
    content = root / "wp-content"
    (content / "mu-plugins").mkdir(exist_ok=True)
    shutil.copy(HERE / "wp/wp-config.php", root)
    shutil.copy(HERE / "wp/mu-plugin.php", content / "mu-plugins/kimhub-tests.php")
    plugin = content / "plugins/sqlite-database-integration"
    with zipfile.ZipFile(DROPIN) as archive:
        for name in archive.namelist():
            inner = name.partition("/")[2]
            if inner and not name.endswith("/"):
                target = plugin / inner
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(name))
    # Releases before 6.4 read this property from outside the class.
    driver = plugin / "wp-includes/sqlite/class-wp-sqlite-db.php"
    text = driver.read_text()
    driver.write_text(re.sub(r"private (\$allow_unsafe_unquoted_parameters)", r"public \1", text))
    dropin = (plugin / "db.copy").read_text()
    dropin = dropin.replace("{SQLITE_IMPLEMENTATION_FOLDER_PATH}", str(plugin))
    (content / "db.php").write_text(dropin.replace("{SQLITE_PLUGIN}", "sqlite-database-integration/load.php"))


@contextmanager
def running(folder: Path) -> Iterator[WordPress]:
    """A WordPress server in ``folder``, stopped at the end."""
    server = WordPress(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
