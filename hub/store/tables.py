"""The whole schema. Migrations in ``hub/store/migrations`` lead here; a test holds that they do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
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
    Index("ix_posts_state_sort_at", "state", "sort_at", "id"),
    Index("ix_posts_village_state_sort_at", "village", "state", "sort_at"),
    Index("ix_posts_kecamatan_state_sort_at", "kecamatan", "state", "sort_at"),
    Index("ix_posts_site_id_state_sort_at", "site_id", "state", "sort_at"),
    sqlite_autoincrement=True,  # an id is an address: never given out twice
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
