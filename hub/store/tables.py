"""The whole schema. Migrations in ``hub/store/migrations`` lead here; a test holds that they do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite keeps no zone, so it is taken off there and put back on."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        assert value.tzinfo is not None, "naive datetime"
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: SQLite counts rows only in plain INTEGER primary keys.
Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, default: str = "") -> Column[str]:
    return Column(name, Text, nullable=False, default=default, server_default=default)


def _json(name: str, default: Any) -> Column[Any]:
    return Column(name, JSON, nullable=False, default=default)


sites = Table(
    "sites",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False, unique=True),
    Column("village", String(13), nullable=False, index=True),
    Column("status", String(16), nullable=False, default="active"),
    _text("platform"),
    _json("contacts", {}),
    _json("tags", []),
    Column("created_at", Instant, nullable=False),
    # the site asks search engines to leave it out, and when that was last looked at
    Column("noindex", Boolean, nullable=False, default=False, server_default=false()),
    Column("robots_at", Instant),
    # its robots.txt names kimhub and shuts it out
    Column("unwelcome", Boolean, nullable=False, default=False, server_default=false()),
)

sources = Table(
    "sources",
    metadata,
    Column("id", Id, primary_key=True),
    Column("site_id", ForeignKey("sites.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("connector", String(64), nullable=False),
    Column("url", Text, nullable=False),
    Column("host", String(255), nullable=False),
    _json("options", {}),
    Column("state", String(16), nullable=False, default="active"),
    Column("interval", Float, nullable=False),
    Column("cursor", JSON(none_as_null=True)),
    Column("due_at", Instant, nullable=False),
    # who visits it now: a token unique to one claim, so that a late result of a lost lease is noticed
    Column("lease", Text),
    Column("leased_until", Instant),
    Column("failures", Integer, nullable=False, default=0),
    Column("unstable_visits", Integer, nullable=False, default=0),
    Column("reason", String(32)),
    _text("problem"),
    Column("problem_since", Instant),
    Column("last_attempt_at", Instant),
    Column("last_success_at", Instant),
    Column("last_new_at", Instant),
    Column("moved_to", Text),
    Column("moved_since", Instant),
    # secret options, encrypted (MultiFernet); never leaves the services
    _text("sealed"),
    UniqueConstraint("site_id", "connector", "url"),
    Index("ix_sources_state_due_at", "state", "due_at"),
)

posts = Table(
    "posts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("site_id", ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
    Column("source_id", ForeignKey("sources.id", ondelete="SET NULL"), index=True),
    Column("village", String(13), nullable=False),
    Column("kecamatan", String(8), nullable=False),
    Column("link", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("excerpt", Text, nullable=False),
    _text("author"),
    Column("published", Instant),
    _text("published_as_given"),
    Column("date_doubtful", Boolean, nullable=False, default=False),
    Column("first_seen", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
    Column("sort_at", Instant, nullable=False),
    _json("topics", []),
    _json("images", []),
    _json("enclosures", []),
    _text("language"),
    Column("state", String(16), nullable=False, default="visible"),
    _text("quarantine"),
    Column("version", Integer, nullable=False, default=1),
    Column("digest", String(64), nullable=False),
    # a warning of an authority, and until when it stands above the news
    Column("alert", JSON(none_as_null=True)),
    Column("alert_until", Instant, index=True),
    # whose post it is and through which hubs it came, where the site only passes it on
    _text("origin"),
    Column("via", JSON(none_as_null=True)),
    # the story that several posts tell: the id of the first of them; null where a post is alone
    Column("story", Id),
    # its own page asks search engines to leave it out
    Column("noindex", Boolean, nullable=False, default=False, server_default=false()),
    Index("ix_posts_state_sort_at", "state", "sort_at", "id"),
    Index("ix_posts_village_state_sort_at", "village", "state", "sort_at"),
    Index("ix_posts_kecamatan_state_sort_at", "kecamatan", "state", "sort_at"),
    Index("ix_posts_site_id_state_sort_at", "site_id", "state", "sort_at"),
    Index("ix_posts_updated", "updated", "id"),
    # few posts tell a story with others; what lists ask of them is answered from here alone
    Index(
        "ix_posts_story",
        *("story", "state", "sort_at", "village", "kecamatan", "site_id"),
        sqlite_where=text("story IS NOT NULL"),
        postgresql_where=text("story IS NOT NULL"),
    ),
    sqlite_autoincrement=True,  # an id is an address: never given out twice
)

# by which look-alike posts meet: two that share a mark are compared
story_marks = Table(
    "story_marks",
    metadata,
    Column("mark", BigInteger, primary_key=True, autoincrement=False),
    Column("post_id", ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, index=True),
)

post_versions = Table(
    "post_versions",
    metadata,
    Column("post_id", ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
)

# under which identities a site's post may turn up again
post_keys = Table(
    "post_keys",
    metadata,
    Column("site_id", ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(600), primary_key=True),
    Column("post_id", ForeignKey("posts.id", ondelete="CASCADE"), nullable=False, index=True),
)

# how a source last showed a post: an equal digest means that nothing is to be done
sightings = Table(
    "sightings",
    metadata,
    Column("source_id", ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("post_id", ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("external_id", String(600), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("missing_at", Instant),
    UniqueConstraint("source_id", "external_id"),
)

post_topics = Table(
    "post_topics",
    metadata,
    Column("slug", String(80), primary_key=True),
    Column("post_id", ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, index=True),
)

topics = Table(
    "topics",
    metadata,
    Column("slug", String(80), primary_key=True),
    Column("label", Text, nullable=False),
)

# subscriptions to WebSub hubs: sources that tell us instead of being asked
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("source_id", ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    # the unguessable part of the callback's address
    Column("callback", String(64), nullable=False, unique=True),
    # encrypted (MultiFernet)
    _text("secret"),
    # one of hub.model.PUSH_STATES
    Column("state", String(16), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("lease_until", Instant),
    # when it is to be renewed or tried again
    Column("due_at", Instant, index=True),
    Column("pushed_at", Instant),
    Column("failures", Integer, nullable=False, default=0),
    _text("problem"),
)

# one living source a connector, looked at once a day: does it still bring what it used to?
canaries = Table(
    "canaries",
    metadata,
    Column("source_id", ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("connector", String(64), nullable=False, index=True),
    Column("looked_at", Instant, nullable=False),
    Column("entries", Integer, nullable=False),
    # characters of text, the median of the entries
    Column("characters", Integer, nullable=False),
    # what was usual before
    Column("usual_entries", Float, nullable=False),
    Column("usual_characters", Float, nullable=False),
    Column("looks", Integer, nullable=False, default=1),
    _text("alarm"),
    Column("alarm_since", Instant),
)

# what KIM without a site send by form or mail, until their source is harvested
submissions = Table(
    "submissions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False, index=True),
    # the same message sent twice is one
    Column("key", String(200), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    _text("html"),
    _text("author"),
    # sha256 and media type of each picture in ``files``
    _json("files", []),
    # form or mail
    Column("door", String(8), nullable=False),
    UniqueConstraint("source_id", "key"),
    sqlite_autoincrement=True,
)

# borders of regions where the operator imported them: GeoJSON geometries by Kemendagri code
boundaries = Table(
    "boundaries",
    metadata,
    Column("code", String(13), primary_key=True),
    Column("geometry", JSON, nullable=False),
)

# posts that the index has yet to take in
changes = Table(
    "changes",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("post_id", Id, nullable=False),
    sqlite_autoincrement=True,
)

region_aliases = Table(
    "region_aliases",
    metadata,
    Column("code", String(13), primary_key=True),
    Column("alias", String(200), primary_key=True),
)

# -- residents who follow -----------------------------------------------------------------------

followings = Table(
    "followings",
    metadata,
    Column("id", Id, primary_key=True),
    # name of a notifier: mail, telegram, webpush
    Column("notifier", String(32), nullable=False),
    # where to, encrypted (MultiFernet); emptied when the following ends, as are both hashes
    _text("address"),
    # keyed hash of it
    Column("address_key", String(64), nullable=False, index=True),
    # keyed hash of address and wish: the same wish of the same address is one
    Column("wish", String(64)),
    # what is followed (one of hub.model.FOLLOWED), the parameters of its page, and a hash of both
    Column("what", String(16), nullable=False),
    _json("search", {}),
    Column("subject", String(64), nullable=False, index=True),
    # soon, daily or weekly
    Column("rhythm", String(8), nullable=False),
    Column("language", String(8), nullable=False),
    # waiting (for the address to say yes), active, ended
    Column("state", String(16), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    # when its address was asked last whether it wants this, and how often on that day
    Column("asked_at", Instant),
    Column("asks", Integer, nullable=False, default=0),
    Column("confirmed_at", Instant),
    Column("ended_at", Instant),
    # when it is looked at next; while one process works on it, until when nobody else does
    Column("due_at", Instant, index=True),
    # up to which post it was looked through, and which stories and announcements it was told of lately
    Column("seen", Id, nullable=False, default=0),
    _json("told", []),
    # what is on its way to it, until the hand-over is recorded
    Column("telling", JSON(none_as_null=True)),
    Column("told_at", Instant),
    Column("failures", Integer, nullable=False, default=0),
    _text("problem"),
    Index("ix_followings_wish", "wish", unique=True),
    sqlite_autoincrement=True,
)

# -- the way back -----------------------------------------------------------------------------------

announcements = Table(
    "announcements",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mark", String(64), nullable=False, unique=True),
    Column("number", String(200), nullable=False),
    # letters and digits of the number alone: how people type it
    Column("number_key", String(200), nullable=False, index=True),
    Column("date", Date, nullable=False),
    Column("nature", String(16), nullable=False),
    Column("subject", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("body", Text, nullable=False),
    _json("to", []),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False, default=1),
    _text("contact"),
    Column("valid_from", Instant),
    Column("valid_until", Instant),
    Column("information_class", String(16), nullable=False),
    _json("attachments", []),
    Column("rehearsal", Boolean, nullable=False, default=False),
    _text("created_by"),
    _text("submitted_by"),
    _text("approved_by"),
    # a correction that waits for the second person
    Column("proposed", JSON(none_as_null=True)),
    _text("proposed_by"),
    # why the second person said no
    _text("rejected_why"),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("scheduled_at", Instant),
    Column("published_at", Instant),
    Column("corrected_at", Instant),
    Column("withdrawn_at", Instant),
    _text("withdrawn_why"),
    # the mark at the hub it came from, and the hubs it came through; empty for one of our own
    Column("origin", String(200)),
    Column("via", JSON(none_as_null=True)),
    Index("ix_announcements_state_published_at", "state", "published_at"),
    Index("ix_announcements_origin", "origin", unique=True),
    sqlite_autoincrement=True,  # an id is an address: never given out twice
)

# every published reading, the present one included
announcement_versions = Table(
    "announcement_versions",
    metadata,
    Column("announcement_id", ForeignKey("announcements.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", JSON, nullable=False),
    Column("published_at", Instant, nullable=False),
    _text("by"),
)

targets = Table(
    "targets",
    metadata,
    Column("id", Id, primary_key=True),
    Column("site_id", ForeignKey("sites.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("publisher", String(64), nullable=False),
    _text("url"),
    _text("user"),
    # encrypted (MultiFernet); never leaves the services
    _text("secret"),
    _json("options", {}),
    Column("rank", Integer, nullable=False),
    Column("state", String(16), nullable=False, default="active"),
    Column("reason", String(32)),
    _text("hint"),
    _text("problem"),
    Column("problem_since", Instant),
    Column("checked_at", Instant),
    Column("created_at", Instant, nullable=False),
)

# the outbox: one row for an announcement and a target, written with the announcement
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("announcement_id", ForeignKey("announcements.id", ondelete="CASCADE"), nullable=False),
    Column("target_id", ForeignKey("targets.id", ondelete="SET NULL"), index=True),
    # no foreign key: what was delivered stays on the board when a site is removed
    Column("site_id", Id, nullable=False, index=True),
    Column("site", Text, nullable=False),
    Column("village", String(13), nullable=False, index=True),
    Column("publisher", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("withdrawing", Boolean, nullable=False, default=False),
    Column("done_version", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    Column("priority", Integer, nullable=False, default=10),
    Column("due_at", Instant),
    Column("verify_at", Instant),
    Column("lease", Text),
    Column("leased_until", Instant),
    _text("remote_id"),
    _text("remote_url"),
    _text("remote_digest"),
    Column("reason", String(32)),
    _text("hint"),
    _text("problem"),
    _text("carried_by"),
    Column("overwrite", Boolean, nullable=False, default=False),
    Column("first_sent_at", Instant),
    Column("delivered_at", Instant),
    Column("verified_at", Instant),
    Column("withdrawn_at", Instant),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("announcement_id", "target_id"),
    Index("ix_deliveries_due", "due_at", "priority"),
    Index("ix_deliveries_verify_at", "verify_at"),
    Index("ix_deliveries_remote_url", "remote_url"),
    sqlite_autoincrement=True,
)

delivery_events = Table(
    "delivery_events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("delivery_id", ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("action", String(16), nullable=False),
    Column("result", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    _text("detail"),
    _text("remote_url"),
)

# attachments that stand at a target already
uploads = Table(
    "uploads",
    metadata,
    Column("target_id", ForeignKey("targets.id", ondelete="CASCADE"), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("remote_id", Text, nullable=False),
    Column("remote_url", Text, nullable=False),
)

files = Table(
    "files",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("type", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
)

# who fetched a village's announcement feed, and who confirmed by hand: proof without a page to read
feed_fetches = Table(
    "feed_fetches",
    metadata,
    Column("village", String(13), primary_key=True),
    Column("asker", String(200), primary_key=True),
    Column("last_at", Instant, nullable=False),
    Column("fetches", Integer, nullable=False, default=1),
)
confirmations = Table(
    "confirmations",
    metadata,
    Column("announcement_id", ForeignKey("announcements.id", ondelete="CASCADE"), primary_key=True),
    Column("target_id", ForeignKey("targets.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
)

# a request with an Idempotency-Key is done once, whoever repeats it
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("actor", String(200), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("announcement_id", ForeignKey("announcements.id", ondelete="CASCADE"), nullable=False),
    Column("at", Instant, nullable=False),
)

# -- staff ------------------------------------------------------------------------------------------

people = Table(
    "people",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("role", String(32), nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("created_at", Instant, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    # the hash of what the cookie holds
    Column("token", String(64), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("began_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("proved_at", Instant, nullable=False),
    _text("address"),
)

# failed sign-ins of late, for the limits per account and per address
sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(100), nullable=False, index=True),
    Column("address", String(64), nullable=False, index=True),
    Column("at", Instant, nullable=False, index=True),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
    _json("scopes", []),
    Column("role", String(32), nullable=False),
    _text("created_by"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
)

# every privileged action, each row holding the hash of the one before
audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("role", String(32), nullable=False),
    _text("address"),
    Column("action", String(64), nullable=False, index=True),
    Column("thing", String(200), nullable=False, index=True),
    _json("before", {}),
    _json("after", {}),
    Column("result", String(32), nullable=False),
    Column("hash", String(64), nullable=False),
    sqlite_autoincrement=True,
)

# hosts that asked us to wait (Retry-After), kept over a restart
host_pauses = Table(
    "host_pauses",
    metadata,
    Column("host", String(255), primary_key=True),
    Column("until", Instant, nullable=False),
)

# leases on single tasks (index writer, scheduler) and small counters (generation)
leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Instant, nullable=False),
)
counters = Table(
    "counters",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
