"""Configuration: one TOML file and the environment make one frozen :class:`Settings`.

Every setting is declared once, in the dataclasses below: section, name, kind, default, help. From that
come the check (all faults at once, each with key and cure), the environment names
(``KIMHUB_SECTION__KEY``, lists separated by commas; secrets also by ``KIMHUB_SECTION__KEY_FILE``) and
``config.example.toml``.
"""

from __future__ import annotations

import ipaddress
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

from hub.errors import ConfigError, Fault

ENVIRONMENT_PREFIX = "KIMHUB_"
LANGUAGES = ("id", "en")


def setting(
    default: Any, help: str, *, check: Callable[[Any], str] | None = None, secret: bool = False
) -> Any:
    """A declared setting. ``check`` returns what is wrong with a value, or an empty string."""
    return field(default=default, metadata={"help": help, "check": check, "secret": secret})


def _positive(value: float) -> str:
    return "" if value > 0 else "must be above 0"


def _not_negative(value: float) -> str:
    return "" if value >= 0 else "must not be below 0"


def _one_of(*choices: str) -> Callable[[str], str]:
    return lambda value: "" if value in choices else f"must be one of {', '.join(choices)}"


def _base_url(value: str) -> str:
    if value.startswith(("http://", "https://")) and len(value.split("/")) == 3:
        return ""
    return "must be http(s)://host[:port] without a path"


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        return "is no time zone of the IANA database, such as Asia/Makassar"
    return ""


def _region(value: str) -> str:
    parts = value.split(".")
    if all(part.isdigit() for part in parts) and 1 <= len(parts) <= 3:
        return ""
    return "must be a Kemendagri code such as 76.02"


def _networks(values: tuple[str, ...]) -> str:
    for value in values:
        try:
            ipaddress.ip_network(value)
        except ValueError:
            return f"{value!r} is no network such as 10.1.0.0/16"
    return ""


def _database(value: str) -> str:
    if not value or value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        return ""
    return "must begin with sqlite:/// or postgresql://"


@dataclass(frozen=True, slots=True)
class HubSection:
    name: str = setting("Kabar Desa Mamuju", "the portal's name, in the masthead and the feeds")
    region: str = setting("76.02", "Kemendagri code of the district (or province)", check=_region)
    base_url: str = setting(
        "http://127.0.0.1:8000", "public address; absolute links are made from it", check=_base_url
    )
    timezone: str = setting("Asia/Makassar", "zone of shown and of zoneless dates", check=_zone)
    language: str = setting("id", "language of the interface: id or en", check=_one_of(*LANGUAGES))
    data_dir: str = setting("data", "folder for database, index and keys, beside the configuration file")
    contact: str = setting("", "e-mail address that site owners reach you at; goes into the User-Agent")
    office: str = setting("Diskominfosandi Kabupaten Mamuju", "who runs the hub, named on the portal")


@dataclass(frozen=True, slots=True)
class DatabaseSection:
    url: str = setting(
        "", "empty: SQLite in data_dir; or postgresql://user:password@host/name", check=_database, secret=True
    )


@dataclass(frozen=True, slots=True)
class SearchSection:
    backend: str = setting(
        "whoosh", "whoosh, or tantivy past some 20,000 posts; after a change: kimhub index rebuild"
    )


@dataclass(frozen=True, slots=True)
class HarvestSection:
    concurrency: int = setting(10, "sources visited at the same time", check=_positive)
    host_delay: float = setting(1.0, "seconds between two requests to one host", check=_not_negative)
    host_concurrency: int = setting(1, "requests in flight to one host", check=_positive)
    interval: int = setting(1800, "seconds between visits to a new source", check=_positive)
    interval_min: int = setting(300, "shortest interval in seconds", check=_positive)
    interval_max: int = setting(
        86400, "longest interval in seconds, also the ceiling of back-off", check=_positive
    )
    tombstone_after: int = setting(
        3600, "seconds between the two sightings that withdraw a deleted post", check=_not_negative
    )
    adopt_moves_after: int = setting(
        604800, "seconds of agreeing redirects before a new address is adopted", check=_not_negative
    )


@dataclass(frozen=True, slots=True)
class NetworkSection:
    allow_private: tuple[str, ...] = setting(
        (), "networks (CIDR) that may be fetched although private, on any port", check=_networks
    )
    proxy: str = setting("", "http proxy for all outgoing requests; the environment is never read")
    timeout: float = setting(20.0, "seconds for a whole fetch", check=_positive)
    max_bytes: int = setting(5 * 2**20, "cap on a decoded body", check=_positive)


@dataclass(frozen=True, slots=True)
class PicturesSection:
    cache_mb: int = setting(
        500,
        "megabytes of finished pictures on disk; those not looked at for longest go first",
        check=_positive,
    )
    ahead: int = setting(
        60, "so many of the newest posts have their pictures fetched before anybody asks", check=_not_negative
    )
    max_bytes: int = setting(12 * 2**20, "cap on a village's picture as it comes", check=_positive)
    timeout: float = setting(8.0, "seconds for a picture to come", check=_positive)


@dataclass(frozen=True, slots=True)
class PublishSection:
    retry_base: float = setting(15.0, "seconds before the first retry of a delivery", check=_positive)
    concurrency: int = setting(32, "deliveries at the same time", check=_positive)
    attempts: int = setting(16, "tries before a delivery counts as failed (about two days)", check=_positive)
    approval: str = setting(
        "never",
        "when a second person must approve: never, urgent (darurat only) or always",
        check=_one_of("never", "urgent", "always"),
    )


@dataclass(frozen=True, slots=True)
class TextSection:
    engine: str = setting(
        "both", "sanitiser: both (nh3, then bleach) or nh3 alone for large hubs", check=_one_of("both", "nh3")
    )


@dataclass(frozen=True, slots=True)
class WebSection:
    rate_limit: int = setting(600, "requests a minute and address; 0 switches it off", check=_not_negative)
    threads: int = setting(8, "threads that answer requests", check=_positive)
    proxies: int = setting(0, "trusted reverse proxies in front (X-Forwarded-For hops)", check=_not_negative)
    metrics_token: str = setting("", "token for /metrics from elsewhere than loopback", secret=True)


@dataclass(frozen=True, slots=True)
class SecuritySection:
    secret_key: str = setting(
        "", "signs cookies and links; empty: made once in data_dir/secret.key", secret=True
    )
    credential_keys: str = setting(
        "",
        "encrypt the villages' passwords: Fernet keys separated by commas, the first encrypts, all decrypt; "
        "empty: made once in data_dir/credentials.key",
        secret=True,
    )


@dataclass(frozen=True, slots=True)
class MailSection:
    url: str = setting("", "smtp://user:password@host:port for mail; empty: none is sent", secret=True)
    sender: str = setting("", "From address")
    inbox: str = setting(
        "", "mail address whose plus-addresses take posts of KIM without a site; empty: by form only"
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the operator set, checked. ``root`` is the folder of the configuration file."""

    hub: HubSection = HubSection()
    database: DatabaseSection = DatabaseSection()
    search: SearchSection = SearchSection()
    harvest: HarvestSection = HarvestSection()
    network: NetworkSection = NetworkSection()
    pictures: PicturesSection = PicturesSection()
    publish: PublishSection = PublishSection()
    text: TextSection = TextSection()
    web: WebSection = WebSection()
    security: SecuritySection = SecuritySection()
    mail: MailSection = MailSection()
    plugins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    root: Path = Path()

    @property
    def data_dir(self) -> Path:
        return (self.root / self.hub.data_dir).resolve()

    @property
    def database_url(self) -> str:
        """SQLAlchemy address; psycopg 3 is the PostgreSQL driver."""
        if not self.database.url:
            return f"sqlite:///{self.data_dir / 'kimhub.sqlite3'}"
        return self.database.url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.hub.timezone)

    @property
    def user_agent(self) -> str:
        """Says who asks and how to reach them."""
        contact = f"; {self.hub.contact}" if self.hub.contact else ""
        return f"kimhub/0.1 (+{self.hub.base_url}/tentang{contact})"


def sections() -> dict[str, type]:
    """Section name -> its dataclass, in the order of the example file."""
    hints = get_type_hints(Settings)
    return {each.name: hints[each.name] for each in fields(Settings) if each.name not in ("plugins", "root")}


def load(path: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the TOML file at ``path`` (None: defaults, rooted in the current folder) and the
    environment, which wins.

    Raises:
        ConfigError: with every fault found, each with its dotted key and cure.
    """
    tree: dict[str, Any] = {}
    if path is not None:
        tree = _read(path)
    root = path.parent.resolve() if path is not None else Path.cwd()
    faults: list[Fault] = []
    _overlay(tree, environment, faults)
    return build(tree, root=root, faults=faults)


def build(tree: Mapping[str, Any], *, root: Path, faults: list[Fault] | None = None) -> Settings:
    """Settings from a plain mapping.

    Raises:
        ConfigError: with every fault found.
    """
    faults = [] if faults is None else faults
    known = sections()
    faults += [
        Fault(name, "unknown section", f"known are: {', '.join([*known, 'plugins'])}")
        for name in tree
        if name not in known and name != "plugins"
    ]
    values: dict[str, Any] = {
        name: _section(name, kind, tree.get(name, {}), faults) for name, kind in known.items()
    }
    plugins = tree.get("plugins", {})
    if not isinstance(plugins, Mapping) or not all(isinstance(each, Mapping) for each in plugins.values()):
        faults.append(Fault("plugins", "must hold tables", "write [plugins.NAME]"))
    if not faults and values["harvest"].interval_min > values["harvest"].interval_max:
        faults.append(Fault("harvest.interval_min", "is above interval_max", "lower it"))
    if faults:
        raise ConfigError(faults)
    return Settings(**values, plugins=plugins, root=root)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        cure = "make it with: kimhub init"
        raise ConfigError([Fault(str(path), "no such configuration file", cure)]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Fault(str(path), f"cannot be read: {error}", "check the file")]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([Fault(str(path), f"is not TOML: {error}", "correct that line")]) from error


def _overlay(tree: dict[str, Any], environment: Mapping[str, str], faults: list[Fault]) -> None:
    for variable, text in environment.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or "__" not in variable:
            continue
        section, _, key = variable.removeprefix(ENVIRONMENT_PREFIX).lower().partition("__")
        kind = sections().get(section)
        declared = {each.name: each for each in fields(kind)} if kind else {}
        if key.endswith("_file") and key.removesuffix("_file") in declared:
            key = key.removesuffix("_file")
            try:
                text = Path(text).read_text("utf-8").strip()
            except OSError as error:
                faults.append(Fault(variable, f"cannot be read: {error.strerror}", "check path and rights"))
                continue
        value: Any = text
        if key in declared and isinstance(_default(declared[key]), tuple):
            value = [part.strip() for part in text.split(",") if part.strip()]
        elif key in declared and not isinstance(_default(declared[key]), str):
            value = _number(text)
        if isinstance(tree.setdefault(section, {}), dict):
            tree[section][key] = value


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _default(declared: Field[Any]) -> Any:
    assert declared.default is not MISSING
    return declared.default


def _section(name: str, kind: type, given: Any, faults: list[Fault]) -> Any:
    if not isinstance(given, Mapping):
        faults.append(Fault(name, "must be a table", f"write [{name}]"))
        return kind()
    declared = {each.name: each for each in fields(kind)}
    values = {}
    for key, value in given.items():
        if key not in declared:
            faults.append(Fault(f"{name}.{key}", "unknown key", f"known are: {', '.join(declared)}"))
            continue
        converted, problem = _convert(value, _default(declared[key]))
        if not problem and (check := declared[key].metadata["check"]):
            problem = check(converted)
        if problem:
            faults.append(Fault(f"{name}.{key}", problem, declared[key].metadata["help"]))
        else:
            values[key] = converted
    return kind(**values)


def _convert(value: Any, default: Any) -> tuple[Any, str]:
    if isinstance(default, tuple):
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            return tuple(value), ""
        return value, "must be a list of texts"
    if isinstance(default, str):
        return (value, "") if isinstance(value, str) else (value, "must be a text in quotes")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value, "must be a number"
    if isinstance(default, int) and value != int(value):
        return value, "must be a whole number"
    return type(default)(value), ""


def example() -> str:
    """The text of ``config.example.toml``: every key with its default and help."""
    lines = [
        "# kimhub configuration. Every key is shown with its default.",
        "# In the environment KIMHUB_SECTION__KEY wins, lists separated by commas;",
        "# secrets also by KIMHUB_SECTION__KEY_FILE.",
    ]
    for name, kind in sections().items():
        lines += ["", f"[{name}]"]
        for each in fields(kind):
            lines += [f"# {each.metadata['help']}", f"{each.name} = {toml(_default(each))}"]
    lines += [
        "",
        "# options of a plugin go into a table of its own:",
        "# [plugins.NAME]",
        "# key = value",
        "",
    ]
    return "\n".join(lines)


def toml(value: Any) -> str:
    """One value as TOML."""
    if isinstance(value, tuple):
        return "[" + ", ".join(toml(part) for part in value) + "]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return str(value)
