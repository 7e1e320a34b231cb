"""Acts on appointments and tokens."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from safeconduct.acts import Doing, act
from safeconduct.people.looked import labels_of, not_yet_seen, role_of
from safeconduct.people.models import ApiToken, Appointment, Look, User
from safeconduct.store.labels import intern, marking_of
from safeconduct.terms.errors import BadInput, Fault, NotFound, shown
from safeconduct.terms.instant import iso
from safeconduct.terms.marking import Marking
from safeconduct.terms.party import ANYWHERE


@act("role.appoint", creates=Appointment)
def appoint(
    doing: Doing, *, site: str, user: str, role: str, begin: datetime, end: datetime | None = None
) -> Appointment:
    """Appoint `user` to `role` in the area `site`. A party appoints its own people only."""
    terms = doing.accord.roles.get(role)
    holder = User.objects.filter(username=user).first()
    faults: list[Fault] = []
    if terms is None or terms.party == "node":
        faults.append(Fault("role", shown(role), "a role of the accord that a person may hold"))
    elif terms.party not in ("any", doing.principal.party):
        faults.append(Fault("role", shown(role), f"a role of {doing.principal.party} or of any party"))
    if holder is None or holder.party != doing.principal.party:
        faults.append(Fault("user", shown(user), f"a user of {doing.principal.party}"))
    if end is not None and end <= begin:
        faults.append(Fault("end", shown(str(end)), "a time after begin"))
    if faults:
        raise BadInput("appointment", faults)
    return Appointment.objects.create(
        label_id=doing.label_id, user_name=user, role=role, area=site, begin=begin, end=end
    )


@act("role.dismiss", on=Appointment)
def dismiss(doing: Doing, appointment: Appointment) -> None:
    """End an appointment now; its past stays."""
    if appointment.end is not None and appointment.end <= doing.at:
        raise BadInput("appointment", [Fault("end", iso(appointment.end), "an appointment that has not ended")])
    appointment.end = doing.at


@act("token.issue", creates=ApiToken)
def issue_token(
    doing: Doing, *, site: str = ANYWHERE, name: str, purpose: str = "api", end: datetime | None = None
) -> ApiToken:
    """Issue a token to the actor. The clear token is in the row's `clear`, this once."""
    if purpose not in ("api", "feed"):
        raise BadInput("token", [Fault("purpose", shown(purpose), "api or feed"), *_token_faults(doing, name, end)])
    return issue(doing, name, purpose, end)


def issue(doing: Doing, name: str, purpose: str, end: datetime | None) -> ApiToken:
    """A new token of the actor for that purpose, inside an act that allows it. Raises BadInput."""
    if faults := _token_faults(doing, name, end):
        raise BadInput("token", faults)
    clear = f"sc_{purpose}_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        label_id=doing.label_for(ApiToken.info_class),
        name=name.strip(),
        purpose=purpose,
        digest=digest_of(clear),
        user_name=doing.principal.name,
        begin=doing.at,
        end=end,
    )
    token.clear = clear
    return token


def _token_faults(doing: Doing, name: str, end: datetime | None) -> list[Fault]:
    faults: list[Fault] = []
    if not 0 < len(name.strip()) <= 150:
        faults.append(Fault("name", f"{len(name.strip())} characters", "1 to 150"))
    if end is not None and end <= doing.at:
        faults.append(Fault("end", iso(end), f"a time after {iso(doing.at)}"))
    return faults


@act("token.revoke", on=ApiToken)
def revoke_token(doing: Doing, token: ApiToken) -> None:
    """End one of the actor's own tokens now. Raises NotFound for anyone else's."""
    if token.user_name != doing.principal.name:
        raise NotFound(token.info_class, str(token.pk))
    if token.end is not None and token.end <= doing.at:
        raise BadInput("token", [Fault("end", iso(token.end), "a token that still holds")])
    token.end = doing.at


def digest_of(clear: str) -> str:
    """What is kept of a token: SHA-256; it has 256 random bits, so that no slow hash is needed."""
    return hashlib.sha256(clear.encode()).hexdigest()


@act("look.enter", creates=Look)
def enter_looks(doing: Doing, *, site: str, of_class: str, refs: Sequence[uuid.UUID], what: str) -> list[Look] | None:
    """The actor is shown things of one class in the area `site`; nothing is entered for those looked at just now.

    A look is released no further than the thing is. Raises NotFound for what is not there.
    """
    fresh = not_yet_seen(doing.principal, refs, what, doing.at)
    markings = {ref: marking_of(label) for ref, label in labels_of(of_class, fresh).items()}
    if missing := [ref for ref in fresh if ref not in markings]:
        raise NotFound(of_class, str(missing[0]))
    made = [
        Look(
            label_id=_label_of_look(doing, markings[ref]),
            reader=doing.principal.name,
            party=doing.principal.party,
            role=role_of(doing.accord, doing.principal, markings[ref]),
            of_class=of_class,
            of=ref,
            at=doing.at,
            what=what,
        )
        for ref in fresh
    ]
    return Look.objects.bulk_create(made) if made else None


def _label_of_look(doing: Doing, thing: Marking) -> int:
    """Of a party's own things no further than they are; the other party's things' looks go to that party as well."""
    if doing.principal.party == thing.originator:
        return doing.label_within(thing)
    return intern(replace(doing.marking, releasable_to=doing.marking.releasable_to & {thing.originator}))
