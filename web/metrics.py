"""Figures for Prometheus: the hub's health as it is when asked, and what the page cache does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from hub.model import DELIVERY_STATES, PUSH_STATES
from hub.model.following import FOLLOWING_STATES
from web.cache import PageCache

if TYPE_CHECKING:
    from hub.app import Hub


class HubCollector:
    """Reads the figures at the moment of the scrape; keeps nothing."""

    def __init__(self, hub: Hub, cache: PageCache) -> None:
        self._hub, self._cache = hub, cache

    def collect(self) -> Iterable[Metric]:
        for name, value in sorted(self._hub.reading.counts().items()):
            yield GaugeMetricFamily(f"kimhub_{name}", name.replace("_", " "), value=value)
        deliveries = GaugeMetricFamily("kimhub_deliveries", "deliveries by state", labels=["state"])
        totals = self._hub.noticeboard.totals()
        for state in DELIVERY_STATES:
            deliveries.add_metric([state], totals.get(state, 0))
        yield deliveries
        yield self._searches()
        yield from self._followings()
        yield from self._connectors()
        pages = CounterMetricFamily(
            "kimhub_pages", "pages asked for, by what the cache knew", labels=["cache"]
        )
        for outcome in ("hit", "miss"):
            pages.add_metric([outcome], self._cache.counts[outcome])
        yield pages
        yield GaugeMetricFamily("kimhub_page_cache_bytes", "bytes of kept pages", value=self._cache.size)

    def _searches(self) -> Metric:
        """How long the index took, in this process."""
        rising, count, spent = self._hub.engine.latency.histogram()
        buckets = [(str(seconds), below) for seconds, below in rising]
        searches = HistogramMetricFamily("kimhub_search_seconds", "time that the index takes for a search")
        searches.add_metric([], [*buckets, ("+Inf", count)], sum_value=spent)
        return searches

    def _followings(self) -> Iterable[Metric]:
        counts = self._hub.following.counts()
        found = GaugeMetricFamily("kimhub_followings", "residents who follow", labels=["notifier", "state"])
        ready = GaugeMetricFamily("kimhub_notifier_ready", "1 where a notifier works", labels=["notifier"])
        for name in self._hub.notifying.names:
            ready.add_metric([name], float(not self._hub.notifying.problem(name)))
            for state in FOLLOWING_STATES:
                found.add_metric([name, state], counts.get((name, state), 0))
        yield from (found, ready)

    def _connectors(self) -> Iterable[Metric]:
        running = GaugeMetricFamily("kimhub_plugin_running", "1 while a plugin is not off", labels=["plugin"])
        failing = GaugeMetricFamily("kimhub_plugin_failing", "1 while it has failed last", labels=["plugin"])
        for each in self._hub.plugins.report():
            running.add_metric([each.name], float(each.running))
            failing.add_metric([each.name], float(bool(each.problem)))
        alarm = GaugeMetricFamily(
            "kimhub_canary_alarm", "1 where a connector brings less than usual", labels=["connector", "alarm"]
        )
        for connector, kind in sorted({(each.connector, each.alarm) for each in self._hub.canaries.all()}):
            alarm.add_metric([connector, kind or "none"], float(bool(kind)))
        subscriptions = Counter(each.state for each in self._hub.subscribing.all())
        pushes = GaugeMetricFamily("kimhub_subscriptions", "WebSub subscriptions by state", labels=["state"])
        for state in PUSH_STATES:
            pushes.add_metric([state], subscriptions[state])
        yield from (running, failing, alarm, pushes)


def render(hub: Hub, cache: PageCache) -> tuple[bytes, str]:
    """The exposition and its media type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HubCollector(hub, cache))
    return generate_latest(registry), CONTENT_TYPE_LATEST
