"""The kinds of feeds, with the settings and secrets that each takes: for `feed.open`, the watch and the command line.

A module that connects is imported only by the process that does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any, cast

from safeconduct.terms.errors import BadInput, Fault, shown
from safeconduct.watch.feeds.connection import Connection, Source

MAX_TEXT = 1024
MAX_MEMBERS = 1000
NAMES = dict
"""The type of a setting that maps names to names."""


@dataclass(frozen=True)
class Setting:
    """One setting of a kind. `type` is str, int, float, bool or NAMES; without a `default` it must be given."""

    name: str
    type: type
    help: str
    default: object = None
    choices: tuple[str, ...] = ()
    within: tuple[float, float] | None = None

    def fault(self, value: object) -> Fault | None:
        """What is wrong with `value`, or None."""
        wanted = self._wanted(value)
        return Fault(f"settings.{self.name}", shown(value), wanted) if wanted else None

    def _wanted(self, value: object) -> str:
        if self.type is NAMES:
            if not _is_names(value):
                return f"an object of at most {MAX_MEMBERS} texts"
            among = not self.choices or set(cast("dict[str, str]", value).values()) <= set(self.choices)
            return "" if among else "an object of texts that are " + ", ".join(self.choices)
        fits = isinstance(value, self.type) or (self.type is float and isinstance(value, int))
        if not fits or (isinstance(value, bool) and self.type is not bool):
            return {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}[self.type]
        if isinstance(value, str):
            if self.choices and value not in self.choices:
                return "one of " + ", ".join(self.choices)
            return "" if _is_text(value) and (value or self.default == "") else f"a text of 1 to {MAX_TEXT} characters"
        if self.within and isinstance(value, int | float) and not self.within[0] <= value <= self.within[1]:
            return f"{self.within[0]:g} to {self.within[1]:g}"
        return ""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT and "\0" not in value


def _is_names(value: object) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= MAX_MEMBERS
        and all(_is_text(key) and _is_text(one) and key and one for key, one in value.items())
    )


@dataclass(frozen=True)
class Secret:
    """Something that a feed needs and nobody may read in the database: kept in the node's own file (secrets.py)."""

    name: str
    help: str


@dataclass(frozen=True)
class Kind:
    """One kind of feed. It either connects (`connects`: `module:function` of a Source) or is posted to at `path`."""

    name: str
    summary: str
    settings: tuple[Setting, ...] = ()
    secrets: tuple[Secret, ...] = ()
    connects: str = ""
    path: str = ""
    outward: bool = False
    """Whether the node tells by it, and takes nothing."""

    def checked(self, given: Mapping[str, object]) -> dict[str, Any]:
        """`given` with the defaults filled in. Raises BadInput that names each wrong setting."""
        known = {one.name: one for one in self.settings}
        faults = [self._unknown(name, known) for name in given if name not in known]
        whole: dict[str, Any] = {}
        for name, one in known.items():
            value = given.get(name, one.default)
            whole[name] = dict(value) if isinstance(value, Mapping) else value
            if value is None:
                faults.append(Fault(f"settings.{name}", "nothing", one.help))
            elif name in given and (fault := one.fault(value)):
                faults.append(fault)
        if faults:
            raise BadInput("feed", faults)
        return whole

    def _unknown(self, name: str, known: Mapping[str, Setting]) -> Fault:
        if any(one.name == name for one in self.secrets):
            return Fault(f"settings.{name}", "a secret", "it in the node's secrets: safeconduct feeds add")
        return Fault(f"settings.{shown(name)}", "an unknown setting", "one of " + (", ".join(known) or "none"))

    def connection(self, source: Source) -> Connection:
        """The connection of a feed of this kind. Raises BadInput where a secret that it needs is missing."""
        module, _, function = self.connects.partition(":")
        return getattr(import_module(module), function)(source)


_BROKER = (
    Setting("host", str, "the broker's host name or address"),
    Setting("port", int, "the broker's port", 1883, within=(1, 65_535)),
    Setting("tls", bool, "whether to connect by TLS, with the system's authorities", False),
    Setting("user", str, "the user at the broker; empty for none", ""),
    Setting("client_id", str, "the session's name at the broker; by default it derives from the feed's name", ""),
    Setting("session_s", int, "how long the broker keeps messages for a watch that is away", 3600, within=(0, 2**31)),
)
_BROKER_SECRETS = (
    Secret("password", "the user's password at the broker"),
    Secret("ca_file", "path of a PEM file with the authority of the broker's certificate, if not the system's"),
    Secret("cert_file", "path of a PEM file with a certificate of the node's, where the broker wants one"),
    Secret("key_file", "path of a PEM file with that certificate's private key"),
)

_PEER = (
    Setting("transport", str, "tcp, tls, or udp to take datagrams", choices=("tcp", "tls", "udp")),
    Setting(
        "host", str, "the peer's host name or address; for udp the own address, or a multicast group, to listen at"
    ),
    Setting("interface", str, "for a multicast group, the address of the own interface; any by default", ""),
    Setting("server_name", str, "for tls, the name in the peer's certificate where it is not its host's", ""),
)
_PEER_SECRETS = (
    Secret("ca_file", "path of a PEM file with the authority of the peer's certificate, if not the system's"),
    Secret("cert_file", "path of a PEM file with a certificate of the node's, where the peer wants one"),
    Secret("key_file", "path of a PEM file with that certificate's private key"),
    Secret("key_password", "the password of that key, if it has one"),
)

_ONVIF = (
    Setting(
        "idle_s",
        int,
        "how long an object that a device marked idle, and lists no more, is taken to stand while frames come",
        3600,
        within=(0, 86_400),
    ),
    Setting("unclassified", bool, "whether objects of no class are taken; some of them are persons", False),
    Setting("least_likelihood", float, "from which likelihood on a plate becomes a token", 0.8, within=(0, 1)),
)

_KINDS = (
    Kind("http", "observations posted as NDJSON or Arrow IPC", path="/observations"),
    Kind(
        "mqtt",
        "observations published to an MQTT 5 broker: a JSON object, an array of them, or NDJSON a message",
        settings=(*_BROKER, Setting("topic", str, "the topic filter; $share/GROUP/… shares it between watches")),
        secrets=_BROKER_SECRETS,
        connects="safeconduct.watch.feeds.mqtt:connect",
    ),
    Kind(
        "frigate",
        "vehicles that a Frigate NVR publishes to an MQTT broker, placed on the ground by each camera's calibration",
        settings=(
            *_BROKER,
            Setting("topic", str, "Frigate's topic prefix", "frigate"),
            Setting(
                "sensors",
                NAMES,
                "Frigate's camera names to the ids of sensors, where they differ",
                MappingProxyType({}),
            ),
        ),
        secrets=_BROKER_SECRETS,
        connects="safeconduct.watch.feeds.mqtt:connect_frigate",
    ),
    Kind(
        "cot",
        "vehicles and vessels as Cursor on Target, XML or TAK Protocol version 1, from a TAK server or the network",
        settings=(
            *_PEER,
            Setting("port", int, "the peer's port; for udp the own one", 8089, within=(1, 65_535)),
            Setting(
                "protocol", str, "tak asks a server that offers it for TAK Protocol", "xml", choices=("xml", "tak")
            ),
            Setting(
                "own",
                NAMES,
                "uids or callsigns of devices in own vehicles, each to its vehicle's name; believed over tls",
                MappingProxyType({}),
            ),
            Setting("own_unproved", bool, "whether own vehicles are believed where nothing proves who sends", False),
        ),
        secrets=_PEER_SECRETS,
        connects="safeconduct.watch.feeds.cot:connect",
    ),
    Kind(
        "cot_out",
        "alerts to people in the field as Cursor on Target markers, to a TAK server, a device or a multicast group",
        settings=(
            Setting("transport", str, "tcp, tls or udp", choices=("tcp", "tls", "udp")),
            Setting("host", str, "the server's or device's host name or address, or a multicast group"),
            Setting("port", int, "its port", 8089, within=(1, 65_535)),
            *_PEER[2:],
            Setting("protocol", str, "xml, or tak where the peer takes TAK Protocol", "xml", choices=("xml", "tak")),
            Setting("party", str, "the id of the party whose people get the markers"),
            Setting("role", str, "the role as which they are read: nothing is sent that it may not have"),
            Setting("area", str, "the site to which that role is bound; empty for all", ""),
            Setting(
                "least", str, "the least severity of what is sent", "alert", choices=("notice", "alert", "critical")
            ),
            Setting("language", str, "the language of titles and remarks", "en", choices=("en", "zh-hans", "ur")),
        ),
        secrets=_PEER_SECRETS,
        connects="safeconduct.watch.feeds.cot_out:connect",
        outward=True,
    ),
    Kind(
        "gps",
        "GPS trackers in vehicles, by the OsmAnd protocol or the Traccar client's",
        settings=(
            Setting("devices", NAMES, "the trackers' ids, each to its vehicle's name; no other device is taken"),
            Setting(
                "kinds",
                NAMES,
                "the trackers' ids, each to its vehicle's kind: own, car, truck, …; unknown by default",
                MappingProxyType({}),
                choices=("own", "car", "truck", "bus", "motorcycle", "vessel", "unknown"),
            ),
            Setting(
                "speed", str, "the unit of OsmAnd speeds: the app itself sends mps", "kn", choices=("kn", "mps", "kmh")
            ),
        ),
        path="/gps",
    ),
    Kind(
        "ais",
        "vessels from an AIS receiver's sentences",
        settings=(
            *_PEER,
            Setting("port", int, "the peer's port; for udp the own one", 10110, within=(1, 65_535)),
            Setting(
                "mmsi", str, "kept as a vessel's track, or hashed under mmsi_key", "kept", choices=("kept", "hashed")
            ),
        ),
        secrets=(*_PEER_SECRETS, Secret("mmsi_key", "the key under which MMSIs are hashed, 16 to 64 bytes")),
        connects="safeconduct.watch.feeds.ais:connect",
    ),
    Kind(
        "onvif",
        "vehicles in ONVIF analytics metadata of one camera, posted as XML",
        settings=_ONVIF,
        path="/onvif",
    ),
    Kind(
        "onvif_stream",
        "vehicles in ONVIF analytics metadata of one camera, from an HTTP response that does not end",
        settings=(
            Setting("url", str, "http or https address of the stream"),
            Setting("user", str, "the user at the device; empty for none", ""),
            Setting("password_in_clear", bool, "whether a device without TLS or Digest gets the password", False),
            *_ONVIF,
        ),
        secrets=(Secret("password", "the user's password at the device"), *_PEER_SECRETS),
        connects="safeconduct.watch.feeds.onvif:connect",
    ),
    Kind(
        "anpr",
        "reads of plate readers, posted as CSV or JSON; a plate becomes a token at once",
        settings=(
            Setting(
                "sensors", NAMES, "readers' camera names to the ids of sensors, where they differ", MappingProxyType({})
            ),
            Setting("least_confidence", float, "from which confidence on a plate becomes a token", 0.8, within=(0, 1)),
        ),
        path="/anpr",
    ),
)

KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _KINDS})


def kind_of(name: str) -> Kind:
    """The kind called `name`. Raises BadInput."""
    if name not in KINDS:
        raise BadInput("feed", [Fault("kind", shown(name), "one of " + ", ".join(KINDS))])
    return KINDS[name]


def sensors_of(text: str) -> frozenset[str]:
    """The ids in a feed's `sensor`, which separates them by commas; empty where it may report for any."""
    return frozenset(one for part in text.split(",") if (one := part.strip()))
