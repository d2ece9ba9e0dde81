"""The wiring: settings in, an open hub out."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pluggy

from hub.config import Settings
from hub.errors import ConfigError, Fault, HubError, PluginError
from hub.http import HttpClient
from hub.mail import Mailer
from hub.model import Readiness
from hub.plugins import Plugins, build_manager
from hub.rehearsal import Rehearsal
from hub.services.access import Access
from hub.services.addressing import Addressing
from hub.services.alarm_mail import AlarmMail
from hub.services.announcing import Announcing
from hub.services.atlas import Atlas
from hub.services.audit import Audit
from hub.services.borders import Borders
from hub.services.canary import Canaries
from hub.services.completing import Completing
from hub.services.composing import Composing
from hub.services.courtesy import Courtesy
from hub.services.darkroom import Darkroom
from hub.services.delivering import Delivering
from hub.services.engine import Engine, index_folder
from hub.services.following import FollowingService
from hub.services.following_bot import ListeningService
from hub.services.following_checkup import notifier_complaints
from hub.services.following_links import FollowingLinks
from hub.services.following_round import Gathering
from hub.services.handing import Errands, Handing
from hub.services.harvesting import Harvesting
from hub.services.hearing import Hearing
from hub.services.homecoming import Homecoming
from hub.services.importing import Importing
from hub.services.inbox import Inbox
from hub.services.indexing import Indexing
from hub.services.latency import Latency
from hub.services.lending import Confirmations
from hub.services.notice_events import NoticeEvents
from hub.services.noticeboard import Noticeboard
from hub.services.notifying import Loan, Notifying
from hub.services.outbox import Outbox
from hub.services.own_files import OwnFiles
from hub.services.pace import PER_HOST, HarvestPolicy, PublishPolicy
from hub.services.passwords import Passwords
from hub.services.people import PeopleService
from hub.services.picture_address import PictureAddresses
from hub.services.pictures import Pictures
from hub.services.previewing import Previewing
from hub.services.proving import Proving
from hub.services.reading import Reading
from hub.services.registering import Registering
from hub.services.relaying import Relaying
from hub.services.sealing import Sealing
from hub.services.searching import Searching
from hub.services.stories import Stories
from hub.services.subscribing import Subscribing
from hub.services.targets import Targets
from hub.services.telling import TellingService
from hub.services.tidings import Tidings
from hub.services.upkeep import Upkeep
from hub.services.vault import Vault
from hub.services.visiting import Visitor
from hub.services.warning import Warnings
from hub.services.watchdog import Watchdog
from hub.services.widening import Widening
from hub.spec.http import Http
from hub.spec.search import SearchBackend
from hub.store import Store, schema
from hub.store.pictures import PictureFiles
from hub.text.analyse import Analyser
from hub.text.notices import House
from hub.text.regions import Gazetteer

#: Name of the lease by which a scheduler shows that it lives.
SCHEDULER = "scheduler"
#: Seconds between two pictures from one host: the dozen of a page may come one after the other.
PICTURE_DELAY = 0.1


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Hub:
    """An open hub: its services, each about one task. Close it when done."""

    settings: Settings
    store: Store
    plugins: Plugins
    http: Http
    publish_http: Http
    picture_http: Http
    gazetteer: Gazetteer
    now: Callable[[], datetime]
    registering: Registering
    importing: Importing
    harvesting: Harvesting
    subscribing: Subscribing
    hearing: Hearing
    canaries: Canaries
    courtesy: Courtesy
    inbox: Inbox
    borders: Borders
    atlas: Atlas
    warnings: Warnings
    indexing: Indexing
    engine: Engine
    reading: Reading
    pictures: Pictures
    following: FollowingService
    telling: TellingService
    listening: ListeningService
    tidings: Tidings
    notifying: Notifying
    announcing: Announcing
    composing: Composing
    noticeboard: Noticeboard
    targets: Targets
    delivering: Delivering
    proving: Proving
    rehearsal: Rehearsal
    people: PeopleService
    access: Access
    audit: Audit
    vault: Vault
    upkeep: Upkeep

    @property
    def secret_key(self) -> str:
        """Signs cookies and links: as configured, or made once and kept in the data folder."""
        return secret_key(self.settings)

    def ready(self) -> Readiness:
        """Whether database, index and scheduler work; never raises."""
        parts: dict[str, tuple[bool, str]] = {}
        try:
            self.reading.generation()
            parts["database"] = (True, self.store.dialect)
        except HubError as error:
            parts["database"] = (False, str(error))
        try:
            status = self.indexing.status()
            cure = f"{status.problem}; run: kimhub index rebuild"
            parts["index"] = (status.healthy, cure if status.problem else f"{status.documents} documents")
        except HubError as error:
            parts["index"] = (False, str(error))
        parts["scheduler"] = self._scheduler_state()
        return Readiness(parts)

    def _scheduler_state(self) -> tuple[bool, str]:
        try:
            with self.store.read() as tx:
                until = tx.changes.lease_until(SCHEDULER)
        except HubError as error:
            return False, str(error)
        if until is None:
            return True, "none is meant to run"
        if until < self.now():
            return False, f"no sign of life since {until.isoformat(timespec='seconds')}"
        return True, "running"

    def close(self) -> None:
        """Save what hosts asked us to wait for, and let go of database, index and connections."""
        self.save_pauses()
        self.indexing.backend.close()
        self.rehearsal.close()
        for http in (self.http, self.publish_http, self.picture_http):
            if isinstance(http, HttpClient):
                http.close()
        self.store.close()

    def save_pauses(self) -> None:
        if isinstance(self.http, HttpClient):
            until = {host: datetime.fromtimestamp(at, UTC) for host, at in self.http.pauses().items()}
            with self.store.write() as tx:
                if until != tx.sources.pauses(self.now()):
                    tx.sources.save_pauses(until)


def secret_key(settings: Settings) -> str:
    """Raises ConfigError: the key file cannot be written or read."""
    return settings.security.secret_key or read_or_make_key(settings.data_dir)


def read_or_make_key(data_dir: Path) -> str:
    """The secret key kept in ``data_dir/secret.key``, made on first use, readable by the owner alone.

    Raises:
        ConfigError: the file cannot be written or read.
    """
    path = data_dir / "secret.key"
    try:
        if not path.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as out:
                out.write(secrets.token_urlsafe(48))
        key = path.read_text("ascii").strip()
    except OSError as error:
        raise ConfigError(
            [Fault("security.secret_key", f"{path}: {error.strerror}", "check its rights")]
        ) from error
    if len(key) < 32:
        raise ConfigError([Fault("security.secret_key", f"{path} is too short", "remove the file")])
    return key


def make_http(settings: Settings) -> HttpClient:
    """The one way out for harvesting, as configured."""
    harvest = settings.harvest
    return _client(settings, harvest.host_delay, harvest.host_concurrency)


def make_publish_http(settings: Settings) -> HttpClient:
    """The same way out for deliveries: they are few and urgent, so harvest's pace does not bind them. One
    host carries many sites at a shared hoster; each site has one delivery at work."""
    return _client(settings, 0.0, PER_HOST)


def make_picture_http(settings: Settings) -> HttpClient:
    """The same way out for pictures: large, and soon or not at all, for somebody may be waiting. Each is
    asked for once."""
    return HttpClient(
        user_agent=settings.user_agent,
        allow_private=settings.network.allow_private,
        host_delay=PICTURE_DELAY,
        host_concurrency=PER_HOST,
        timeout=settings.pictures.timeout,
        connect_timeout=settings.pictures.timeout / 2,
        max_bytes=settings.pictures.max_bytes,
        proxy=settings.network.proxy or None,
    )


def _client(settings: Settings, host_delay: float, host_concurrency: int) -> HttpClient:
    return HttpClient(
        user_agent=settings.user_agent,
        allow_private=settings.network.allow_private,
        host_delay=host_delay,
        host_concurrency=host_concurrency,
        timeout=settings.network.timeout,
        max_bytes=settings.network.max_bytes,
        proxy=settings.network.proxy or None,
    )


def _operator_mail(settings: Settings) -> AlarmMail | None:
    """None where no mail can be sent, or it is not known to whom."""
    if not (settings.mail.url and settings.hub.contact):
        return None
    mailer = Mailer(settings.mail.url, settings.mail.sender)
    return AlarmMail(mailer.send, settings.hub.contact, settings.hub.name, settings.hub.language)


def _policy(settings: Settings) -> HarvestPolicy:
    harvest = settings.harvest
    return HarvestPolicy(
        concurrency=harvest.concurrency,
        interval_min=harvest.interval_min,
        interval_max=harvest.interval_max,
        tombstone_after=harvest.tombstone_after,
        adopt_moves_after=harvest.adopt_moves_after,
    )


def open_store(settings: Settings) -> Store:
    """The database, its schema brought up to date.

    Raises:
        StoreError: it cannot be reached or migrated.
    """
    store = Store(settings.database_url)
    if schema.current(store) != schema.head():
        schema.upgrade(store)
    return store


def open_hub(
    settings: Settings,
    *,
    manager: pluggy.PluginManager | None = None,
    http: Http | None = None,
    now: Callable[[], datetime] | None = None,
) -> Hub:
    """Open the hub that ``settings`` describe.

    Args:
        manager: with the plugins to use; by default all that are installed.
        http: the way out; by default the hub's own.
        now: the clock, aware UTC.

    Raises:
        ConfigError: a setting cannot be met (unknown region, search backend).
        StoreError: the database cannot be reached or migrated.
    """
    now = now or utc_now
    problems: Mapping[str, str] = {}
    if manager is None:
        manager, problems = build_manager()
    plugins = Plugins(manager, problems, declared=settings.data_dir / "connectors")
    store = open_store(settings)
    publish_http = http or make_publish_http(settings)
    picture_http = http or make_picture_http(settings)
    http = http or make_http(settings)
    if isinstance(http, HttpClient):
        with store.read() as tx:
            http.restore_pauses({h: until.timestamp() for h, until in tx.sources.pauses(now()).items()})
    gazetteer = _gazetteer(settings, store)
    analyser = Analyser(gazetteer.names)
    backend = _search_backend(settings, plugins)
    zone, policy = settings.zone, _policy(settings)
    audit, passwords = Audit(store, now), Passwords()
    vault = Vault(store, audit, settings.security.credential_keys, settings.data_dir / "credentials.key")
    sealing = Sealing(vault)
    borders = Borders(store, gazetteer)
    warnings = Warnings(gazetteer, borders)
    visitor = Visitor(
        store,
        plugins,
        http,
        policy,
        Homecoming(store, now),
        Relaying(settings.hub.base_url.rstrip("/")),
        warnings,
        sealing,
        now=now,
        zone=zone,
        villages=gazetteer,
        kecamatan_of=gazetteer.kecamatan_of,
        engine="nh3" if settings.text.engine == "nh3" else "both",
    )
    watchdog = Watchdog(plugins, hook_seconds=policy.hook_seconds, look_seconds=policy.look_seconds)
    stories = Stories(store, plugins)
    indexing = Indexing(
        store, backend, analyser, gazetteer, stories, name=settings.search.backend, zone=zone, now=now
    )
    engine = Engine(
        store,
        settings.search.backend,
        offered=plugins.search_backends.objects,
        data_dir=settings.data_dir,
        latency=Latency(),
    )
    searching = Searching(store, backend, analyser, gazetteer, zone=zone, now=now, latency=engine.latency)
    registering = Registering(
        store,
        plugins,
        http,
        gazetteer,
        watchdog,
        sealing,
        context=visitor.context,
        now=now,
        interval=settings.harvest.interval,
    )
    rehearsal = _rehearsal(settings, store, now)
    back = _way_back(settings, store, plugins, publish_http, gazetteer, vault, audit, now, rehearsal)
    inbox = Inbox(
        store,
        audit,
        lambda: secret_key(settings),
        base_url=settings.hub.base_url.rstrip("/"),
        mailbox=settings.mail.inbox,
        now=now,
        lang=settings.hub.language,
    )
    pictures = _pictures(settings, store, picture_http, inbox, back.noticeboard, now)
    notifying = make_notifying(settings, plugins, publish_http, now)
    links = FollowingLinks(lambda: secret_key(settings), settings.hub.base_url.rstrip("/"))
    events = NoticeEvents(Addressing(gazetteer, now, settings.hub.language))
    following = FollowingService(store, notifying, vault, links, events, zone=zone, now=now)
    tidings = Tidings(store, events, links, gazetteer, hub_name=settings.hub.name, zone=zone)
    return Hub(
        settings=settings,
        store=store,
        plugins=plugins,
        http=http,
        publish_http=publish_http,
        picture_http=picture_http,
        gazetteer=gazetteer,
        now=now,
        registering=registering,
        importing=Importing(store, registering),
        harvesting=Harvesting(store, visitor, policy, watchdog, now=now, drain=indexing.drain),
        subscribing=Subscribing(
            store,
            plugins,
            http,
            vault,
            watchdog,
            base_url=settings.hub.base_url,
            allow_private=settings.network.allow_private,
            now=now,
        ),
        hearing=Hearing(store, vault, now),
        canaries=Canaries(
            store,
            plugins,
            watchdog,
            sealing,
            context=visitor.context,
            now=now,
            tell=_operator_mail(settings),
        ),
        courtesy=Courtesy(store, http, now),
        borders=borders,
        atlas=Atlas(store, gazetteer, borders),
        indexing=indexing,
        engine=engine,
        warnings=warnings,
        inbox=inbox,
        reading=Reading(
            store,
            searching,
            Completing(store, backend, analyser, gazetteer, now),
            Widening(store, searching, backend, gazetteer),
            gazetteer,
            zone=zone,
            now=now,
        ),
        pictures=pictures,
        following=following,
        telling=TellingService(
            store,
            following,
            Gathering(store, searching, events, analyser, indexing.document, now),
            tidings,
            notifying,
            vault,
            zone=zone,
            now=now,
        ),
        listening=ListeningService(
            store, following, tidings, notifying, hub_url=settings.hub.base_url.rstrip("/"), now=now
        ),
        tidings=tidings,
        notifying=notifying,
        announcing=back.announcing,
        composing=Composing(back.announcing, zone),
        noticeboard=back.noticeboard,
        targets=back.targets,
        delivering=back.delivering,
        proving=back.proving,
        rehearsal=rehearsal,
        people=PeopleService(store, passwords, audit, now),
        access=Access(store, passwords, audit, now),
        audit=audit,
        vault=vault,
        upkeep=Upkeep(
            store,
            indexing,
            http,
            engine,
            data_dir=settings.data_dir,
            now=now,
            plugin_problems=lambda: {each.name: each.problem for each in plugins.report() if each.problem},
            trim_pictures=pictures.trim,
            more_complaints=lambda: notifier_complaints(store, notifying, settings.plugins, plugins.names),
        ),
    )


def make_notifying(
    settings: Settings, plugins: Plugins, http: Http, now: Callable[[], datetime]
) -> Notifying:
    """The notifiers, with what they are lent.

    Raises:
        ConfigError: with every fault of their options in ``[plugins.NAME]``.
    """
    mailer = Mailer(settings.mail.url, settings.mail.sender)

    def lend(name: str, options: Mapping[str, object]) -> Loan:
        return Loan(
            name,
            http,
            options,
            hub_name=settings.hub.name,
            hub_url=settings.hub.base_url.rstrip("/"),
            contact=settings.hub.contact,
            mails=bool(settings.mail.url and settings.mail.sender),
            send_mail=mailer.send,
            folder=settings.data_dir,
            clock=now,
        )

    return Notifying(plugins, lend, settings.plugins, now)


@dataclass(frozen=True)
class _WayBack:
    """The services of the way back."""

    announcing: Announcing
    noticeboard: Noticeboard
    targets: Targets
    delivering: Delivering
    proving: Proving


def _way_back(
    settings: Settings,
    store: Store,
    plugins: Plugins,
    http: Http,
    gazetteer: Gazetteer,
    vault: Vault,
    audit: Audit,
    now: Callable[[], datetime],
    rehearsal: Rehearsal,
) -> _WayBack:
    house = House(settings.hub.base_url, settings.hub.office, settings.zone, settings.hub.language)
    addressing = Addressing(gazetteer, now, house.language)
    outbox = Outbox(addressing)
    confirmations = Confirmations(house, lambda: secret_key(settings))
    mailer = Mailer(settings.mail.url, settings.mail.sender)
    policy = PublishPolicy(
        concurrency=settings.publish.concurrency,
        retry_base=settings.publish.retry_base,
        attempts=settings.publish.attempts,
    )
    errands = Errands(
        store,
        plugins,
        vault,
        http,
        mailer.send,
        confirmations,
        house,
        policy,
        addressing,
        now=now,
        rehearsal=rehearsal,
    )
    announcing = Announcing(
        store,
        addressing,
        outbox,
        Previewing(plugins, house),
        audit,
        house,
        region=gazetteer.district.code,
        approval=settings.publish.approval,
        now=now,
    )
    return _WayBack(
        announcing=announcing,
        noticeboard=Noticeboard(store, addressing, confirmations, gazetteer, house, now),
        targets=Targets(store, plugins, vault, errands, audit, now, house.language),
        delivering=Delivering(
            store, announcing, Handing(store, errands, plugins, outbox, policy, now), policy, now
        ),
        proving=Proving(store, errands, plugins, policy, now),
    )


def _pictures(
    settings: Settings,
    store: Store,
    http: Http,
    inbox: Inbox,
    noticeboard: Noticeboard,
    now: Callable[[], datetime],
) -> Pictures:
    kept = PictureFiles(settings.data_dir / "pictures", settings.pictures.cache_mb * 10**6)
    base_url = settings.hub.base_url.rstrip("/")
    own = OwnFiles(inbox, noticeboard, base_url)
    return Pictures(
        store,
        Darkroom(http, kept, own=own.find, base_url=base_url, now=now),
        PictureAddresses(lambda: secret_key(settings)),
        kept,
        ahead=settings.pictures.ahead,
        places=max(1, settings.web.threads // 2),
    )


def _rehearsal(settings: Settings, store: Store, now: Callable[[], datetime]) -> Rehearsal:
    def village_of(site_id: int) -> str:
        with store.read() as tx:
            return tx.sites.get(site_id).village

    return Rehearsal(settings.data_dir / "rehearsal", village_of, settings.user_agent, now)


def _gazetteer(settings: Settings, store: Store) -> Gazetteer:
    with store.read() as tx:
        aliases = tx.sites.aliases()
    try:
        return Gazetteer(settings.hub.region, aliases)
    except HubError as error:
        cure = "use a Kemendagri code such as 76.02"
        raise ConfigError([Fault("hub.region", str(error), cure)]) from error


def _search_backend(settings: Settings, plugins: Plugins) -> SearchBackend:
    try:
        factory = plugins.search_backend(settings.search.backend)
    except PluginError as error:
        raise ConfigError([Fault("search.backend", error.problem, "choose one of these")]) from error
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return factory.open(index_folder(settings.data_dir, factory.name))
