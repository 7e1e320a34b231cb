"""The clock process: runs the reactions between rooms, ends what has a term, and tells that it is alive."""

from __future__ import annotations

import signal
import threading
import time
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


def run() -> None:
    """Tick until SIGTERM or SIGINT."""
    from safeconduct.movements.ending import lapse_what_is_over, make_occurrences
    from safeconduct.movements.progress.looks import Watchman
    from safeconduct.movements.protection import reactions as protection
    from safeconduct.movements.reactions import LISTENER
    from safeconduct.people.channels import sender
    from safeconduct.people.forgetting import forget_who_left
    from safeconduct.people.reading import judging
    from safeconduct.people.sos_reads import climb_unanswered
    from safeconduct.people.whereabouts.upkeep import Upkeep
    from safeconduct.sites.posture import sites_in_red
    from safeconduct.sites.standard_deeds import keep_standards
    from safeconduct.watch.unshelving import unshelve_what_is_over

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    alive: Path = node.current().path / "clock.alive"
    look_at_s = make_at_s = 0.0
    watchman = Watchman()
    settler = threading.Thread(target=keep_short, args=(stop,), name="wal")
    settler.start()
    sending, upkeep = sender.start(stop), Upkeep()
    log.info("clock_started")
    while not stop.is_set():
        pause_s = TICK_S
        try:
            if sum(drain(one) for one in (LISTENER, protection.LISTENER, judging.LISTENER)):
                pause_s = BREATH_S
            if time.monotonic() >= look_at_s:
                climb_unanswered()
                unshelve_what_is_over()
                lapse_what_is_over()
                protection.look()
                watchman.look()
                look_at_s = time.monotonic() + LOOK_S
            if time.monotonic() >= make_at_s:
                make_occurrences()
                forget_who_left()
                upkeep.keep_up(sites_in_red)
                keep_standards()
                make_at_s = time.monotonic() + MAKE_S
        except OperationalError as error:
            log.warning("database_unreachable", error=type(error).__name__)
            close_old_connections()
        beat(alive)
        stop.wait(pause_s)
    settler.join()
    sending.join()
    log.info("clock_stopped")
