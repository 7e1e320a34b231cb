"""The clock process: runs the reactions between rooms, ends what has a term, and tells that it is alive."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from django.db import OperationalError, close_old_connections

from safeconduct import node
from safeconduct.listening import drain
from safeconduct.node.heartbeat import beat
from safeconduct.store.wal import keep_short

log = structlog.get_logger("safeconduct.clock")

TICK_S = 0.2
BREATH_S = 0.05
"""Between two turns of a backlog: others write to the database, too."""
LOOK_S = 1.0
"""How often what has a term is looked through."""
MAKE_S = 60.0
"""How often what recurs is looked through."""


@dataclass
class Duty:
    """What the clock does again and again. One that fails keeps no other from its turn."""

    do: Callable[[], object]
    every_s: float = 0.0
    failed: bool = False
    _due_s: float = 0.0

    def turn(self) -> bool:
        """Do it if it is due; whether there was something to do. Raises OperationalError while the database is away."""
        if time.monotonic() < self._due_s:
            return False
        self.failed, found = False, None
        try:
            found = self.do()
        except OperationalError:
            raise
        except Exception:  # whatever it was: a fault in one duty must not keep a call for help from climbing
            log.exception("duty_failed", duty=getattr(self.do, "__qualname__", "listener"))
            self.failed = True
        self._due_s = time.monotonic() + self.every_s
        return bool(found)


def run() -> None:
    """Tick until SIGTERM or SIGINT. While a duty fails, the clock does not beat, and pages say that it is not well."""
    from safeconduct.people.channels import sender

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    alive: Path = node.current().path / "clock.alive"
    settler = threading.Thread(target=keep_short, args=(stop,), name="wal")
    settler.start()
    sending = sender.start(stop)
    listening, duties = _duties()
    log.info("clock_started")
    while not stop.is_set():
        pause_s = TICK_S
        try:
            if sum(one.turn() for one in listening):
                pause_s = BREATH_S
            for one in duties:
                one.turn()
        except OperationalError as error:
            log.warning("database_unreachable", error=type(error).__name__)
            close_old_connections()
        if not any(one.failed for one in (*listening, *duties)):
            beat(alive)
        stop.wait(pause_s)
    settler.join()
    sending.join()
    log.info("clock_stopped")


def _duties() -> tuple[list[Duty], list[Duty]]:
    """Reactions to the outbox, and what has a term: the gravest first."""
    from safeconduct.movements.ending import lapse_what_is_over, make_occurrences
    from safeconduct.movements.progress.looks import Watchman
    from safeconduct.movements.protection import reactions as protection
    from safeconduct.movements.reactions import LISTENER
    from safeconduct.obligations.timing import Timekeeper
    from safeconduct.people.forgetting import forget_who_left
    from safeconduct.people.reading import judging
    from safeconduct.people.sos_reads import climb_unanswered
    from safeconduct.people.whereabouts.upkeep import Upkeep
    from safeconduct.sites.posture import sites_in_red
    from safeconduct.sites.standard_deeds import keep_standards
    from safeconduct.watch.unshelving import unshelve_what_is_over

    upkeep = Upkeep()
    listeners = (LISTENER, protection.LISTENER, judging.LISTENER)
    looked_through = (
        climb_unanswered,
        Watchman().look,
        Timekeeper().look,
        protection.look,
        lapse_what_is_over,
        unshelve_what_is_over,
    )
    kept_up = (make_occurrences, partial(upkeep.keep_up, sites_in_red), keep_standards, forget_who_left)
    return (
        [Duty(partial(drain, one)) for one in listeners],
        [*(Duty(do, LOOK_S) for do in looked_through), *(Duty(do, MAKE_S) for do in kept_up)],
    )
