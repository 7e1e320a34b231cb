"""Sensors that are lost to the watch: an alert that is of no vehicle."""

from __future__ import annotations

from typing import Any

from safeconduct.sites.places import Places, Sensor
from safeconduct.watch.alerts import CLEAR, RAISE, Alert, AlertChange, alert_id, stamp
from safeconduct.watch.coverage import Coverage
from safeconduct.watch.field import Field
from safeconduct.watch.tables import NEVER

CHECK_MS = 10_000
"""How often sensors are looked at."""


class Silence:
    """The sensors of the places that have fallen silent while others have not."""

    def __init__(self, field: Field, changes: list[AlertChange]):
        self.field, self.changes = field, changes
        self.sensors: tuple[Sensor, ...] = ()
        self.lost: dict[str, Alert] = {}
        self.next_ms = NEVER
        self.coverage = Coverage(field.settings, changes)

    def watch(self, places: Places) -> None:
        """Watch the sensors of `places` from now on."""
        self.sensors = places.sensors
        self.coverage.watch(places)
        self.next_ms = -NEVER if places.sensors or self.coverage.bands or self.lost or self.coverage.under else NEVER

    def check(self, at_ms: int, numbers: dict[str, int]) -> None:
        """Raise what has been silent for too long, and clear what is heard again."""
        self.next_ms = at_ms // CHECK_MS * CHECK_MS + CHECK_MS
        self.coverage.check(at_ms, self._heard(numbers))
        for sensor in self.sensors:
            number = numbers.get(sensor.sensor)
            heard_ms = -NEVER if number is None else int(self.field.tables.sensor_ms[number])
            if heard_ms == -NEVER:
                continue  # never heard: `watch check` tells of it
            alert = self.lost.get(sensor.sensor)
            if alert is None and at_ms - heard_ms >= self.field.settings.silent_s * 1000:
                self.lost[sensor.sensor] = self._raise(sensor, heard_ms, at_ms)
            elif alert is not None and at_ms - heard_ms < CHECK_MS:
                del self.lost[sensor.sensor]
                alert.ended_ms = alert.updated_ms = heard_ms
                alert.dwell_s = alert.unseen_s = (heard_ms - alert.started_ms) / 1000
                alert.explanation["ended"] = {"reason": "heard_again", "at": stamp(heard_ms)}
                self.changes.append(AlertChange(CLEAR, alert.to_plain()))

        for gone in sorted(self.lost.keys() - {sensor.sensor for sensor in self.sensors}):
            alert = self.lost.pop(gone)
            alert.ended_ms = alert.updated_ms = at_ms
            alert.dwell_s = alert.unseen_s = (at_ms - alert.started_ms) / 1000
            alert.explanation["ended"] = {"reason": "not_watched", "at": stamp(at_ms)}
            self.changes.append(AlertChange(CLEAR, alert.to_plain()))

    def _heard(self, numbers: dict[str, int]) -> dict[str, int]:
        """When each sensor of the places was heard last, of those that were."""
        known = {sensor.sensor: numbers[sensor.sensor] for sensor in self.sensors if sensor.sensor in numbers}
        times = {name: int(self.field.tables.sensor_ms[number]) for name, number in known.items()}
        return {name: heard_ms for name, heard_ms in times.items() if heard_ms > -NEVER}

    def _raise(self, sensor: Sensor, heard_ms: int, at_ms: int) -> Alert:
        shape = sensor.coverage or sensor.point
        spot = shape.centroid if shape is not None else None
        severity = self.field.settings.silent_severity
        alert = Alert(
            id=alert_id(heard_ms, "lost_watch", sensor.site, sensor.sensor),
            kind="lost_watch",
            site=sensor.site,
            ring="",
            severity=severity,
            lon=round(spot.x, 7) if spot is not None else 0.0,
            lat=round(spot.y, 7) if spot is not None else 0.0,
            started_ms=heard_ms,
            raised_ms=at_ms,
            updated_ms=at_ms,
            vehicle="unknown",
            dwell_s=(at_ms - heard_ms) / 1000,
            unseen_s=(at_ms - heard_ms) / 1000,
            steps=[{"severity": severity, "at": stamp(at_ms)}],
            sensors=[sensor.sensor],
            explanation={"sensor": sensor.sensor, "ended": None, "sentence": f"Sensor {sensor.sensor} is silent."},
        )
        self.changes.append(AlertChange(RAISE, alert.to_plain()))
        return alert

    def standing(self) -> list[Alert]:
        return [*self.lost.values(), *self.coverage.under.values()]

    def dump(self) -> dict[str, Any]:
        lost = [[sensor, vars(alert)] for sensor, alert in self.lost.items()]
        return {"lost": lost, "coverage": self.coverage.dump()}

    def load(self, plain: dict[str, Any]) -> None:
        self.lost = {sensor: Alert(**alert) for sensor, alert in plain["lost"]}
        self.coverage.load(plain["coverage"])
