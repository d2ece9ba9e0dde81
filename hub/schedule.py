"""The jobs of a running hub: APScheduler calls, the database decides.

There is no job store: the schedule is data (``due_at``), claimed by lease. So a killed process loses no
work, and two processes never do the same work at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from hub.app import SCHEDULER, Hub
from hub.errors import HubError
from hub.services.lease import new_owner

log = logging.getLogger(__name__)

#: Seconds between looks at what is due, and between looks at what the index has yet to take in.
HARVEST_TICK, INDEX_TICK = 5, 1
#: Seconds between looks at subscriptions.
PUSH_TICK = 60
#: Seconds between looks at the outbox, and at pages to be read back.
DELIVER_TICK, VERIFY_TICK = 1, 3
#: Minutes between looks at some of the sites whose wishes were not asked for a day.
COURTESY_MINUTES = 10
#: Seconds between looks at pictures of new posts that nobody has asked for yet.
PICTURES_TICK = 15
#: Seconds between looks at what is new for residents who follow, and at what they told the bot.
TELL_TICK, LISTEN_TICK = 15, 5
#: Hours between comparisons of index and store, the first at the start.
MEND_HOURS = 6
#: Seconds between signs of life, and how long one lasts: /readyz is red when it has run out.
BEAT, BEAT_LASTS = 10, 30


class Scheduler:
    """Harvest, index, deliver, verify, upkeep: each job one at a time, missed ticks folded into one."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._owner = new_owner()
        self._jobs = BackgroundScheduler(
            timezone=hub.settings.zone,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._add("harvest", IntervalTrigger(seconds=HARVEST_TICK), hub.harvesting.run)
        self._add("index", IntervalTrigger(seconds=INDEX_TICK), hub.indexing.drain)
        self._add("deliver", IntervalTrigger(seconds=DELIVER_TICK), hub.delivering.run)
        self._add("verify", IntervalTrigger(seconds=VERIFY_TICK), hub.proving.run)
        self._add("push", IntervalTrigger(seconds=PUSH_TICK), hub.subscribing.run)
        self._add("pictures", IntervalTrigger(seconds=PICTURES_TICK), hub.pictures.fetch_ahead)
        self._add("tell", IntervalTrigger(seconds=TELL_TICK), hub.telling.run)
        self._add("listen", IntervalTrigger(seconds=LISTEN_TICK), hub.listening.run)
        self._add("beat", IntervalTrigger(seconds=BEAT), self._beat)
        self._add("nightly", CronTrigger(hour=2, minute=30, timezone=hub.settings.zone), hub.upkeep.nightly)
        looks = CronTrigger(hour=3, minute=20, timezone=hub.settings.zone)
        self._add("canary", looks, hub.canaries.run)
        self._add("courtesy", IntervalTrigger(minutes=COURTESY_MINUTES), hub.courtesy.run)
        # an interval, for a job that runs once is removed afterwards, which races with a quick stop
        soon = datetime.now(hub.settings.zone) + timedelta(seconds=3)
        from_now_on = IntervalTrigger(hours=MEND_HOURS, start_date=soon)
        self._add("mend", from_now_on, self._mend)

    def _add(self, name: str, trigger: object, task: Callable[[], object]) -> None:
        def guarded() -> None:
            # an error of one tick is logged and met again by the next
            try:
                task()
            except HubError as error:
                log.error("%s: %s", name, error)
            except Exception:
                log.exception("%s failed", name)

        self._jobs.add_job(guarded, trigger, id=name, name=name)

    def _beat(self) -> None:
        """A sign of life; what hosts asked us to wait for kept over a restart, and how long searches take
        told to other processes."""
        now = self._hub.now()
        with self._hub.store.write() as tx:
            tx.changes.take_lease(SCHEDULER, self._owner, now, now + timedelta(seconds=BEAT_LASTS))
        self._hub.save_pauses()
        self._hub.engine.note()

    def _mend(self) -> None:
        if done := self._hub.indexing.mend():
            log.warning("%s", done)

    def start(self) -> None:
        self._beat()
        self._jobs.start()

    def stop(self) -> None:
        """Begin nothing new and wait for what is under way."""
        self._hub.harvesting.stop()
        self._hub.delivering.stop()
        self._hub.proving.stop()
        self._hub.telling.stop()
        self._hub.pictures.stop()
        self._hub.courtesy.stop()
        self._jobs.shutdown(wait=True)
        with self._hub.store.write() as tx:
            tx.changes.drop_lease(SCHEDULER, self._owner)

    @property
    def alive(self) -> bool:
        """Whether jobs are being run."""
        return bool(self._jobs.running)
