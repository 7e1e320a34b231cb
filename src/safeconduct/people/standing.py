"""Who is asking: the principal behind a user or a token. The only read before release, which depends on it."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import Q

from safeconduct import node
from safeconduct.accord.schedule import Office
from safeconduct.people.acts import digest_of
from safeconduct.people.enrolment_acts import ACCOUNT, stand_in
from safeconduct.people.enrolment_acts import digest_of as code_digest
from safeconduct.people.models import ApiToken, Appointment, Enrolment, Person, Phone, User, zones_of
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.party import NOBODY, Grant, Principal


def principal_of(user: User, *, is_open: bool = True) -> Principal:
    """The user's party and the roles that it holds at this moment.

    A phone that is not `is_open`, whose PIN was not given lately, is no warden's.
    """
    if not user.is_active or not user.party:
        return NOBODY
    if user.username.startswith(ACCOUNT):
        return _phone(user, is_open)
    at = instant.now()
    with passage("release"):
        held = Appointment.objects.filter(Q(end=None) | Q(end__gt=at), user_name=user.username, begin__lte=at)
        grants = tuple(sorted({Grant(one.role, one.area) for one in held}))
    return Principal(user.username, user.party, grants)


def account_of(name: str) -> User:
    """The account of that name. Raises User.DoesNotExist."""
    return User.objects.get(username=name)


def _phone(user: User, is_open: bool) -> Principal:
    """A phone stands for its person until it ends, and for the zones that they answer for. It holds no appointment."""
    accord = node.current().accord
    with passage("release"):
        if not Phone.objects.filter(user_name=user.username, end=None).exists():
            return NOBODY
        person = stand_in(accord, user.username, user.party, Office.SELF)
        sites = sorted({zone.site for zone in zones_of(person)}) if is_open else []
    warden = [stand_in(accord, user.username, user.party, Office.WARDEN, site) for site in sites]
    return replace(person, grants=tuple(grant for one in (person, *warden) for grant in one.grants))


def pins_of(name: str) -> Phone | None:
    """The phone of that account while it has no end, with what is kept of its PINs: they are released to nobody."""
    with passage("release"):
        return Phone.objects.filter(user_name=name or None, end=None).first()


def code_of(clear: str) -> Enrolment | None:
    """The code that was typed, if it joins a phone now: whoever types it is nobody yet."""
    at = instant.now()
    with passage("release"):
        codes = Enrolment.objects.filter(digest=code_digest(clear), used_at=None, begin__lte=at, end__gt=at)
        found = codes.first()
        return found if found and Person.objects.filter(pk=found.person, left_at=None).exists() else None


def principal_by_password(name: str, password: str) -> Principal:
    """The principal of whoever types at the node's own command line. NOBODY for a wrong name or password."""
    user = User.objects.filter(username=name).first()
    return principal_of(user) if user and user.check_password(password) else NOBODY


def bearer_of(clear: str, purpose: str) -> Principal | None:
    """The principal that a valid token of `purpose` stands for, or None."""
    at = instant.now()
    with passage("release"):
        token = ApiToken.objects.filter(
            Q(end=None) | Q(end__gt=at), digest=digest_of(clear), purpose=purpose, begin__lte=at
        ).first()
    user = token and User.objects.filter(username=token.user_name).first()
    return principal_of(user) if user else None


def feed_of(clear: str) -> tuple[str, Principal] | None:
    """The name of the feed that a valid feed token was issued for, and who its holder is now; None for no such token.

    Whoever holds a role of a person issues tokens under any name: the caller asks whether that feed is theirs.
    """
    at = instant.now()
    with passage("release"):
        valid = ApiToken.objects.filter(Q(end=None) | Q(end__gt=at), purpose="feed", begin__lte=at)
        token = valid.filter(digest=digest_of(clear)).first()
    user = token and User.objects.filter(username=token.user_name).first()
    return (token.name, principal_of(user)) if token and user else None
