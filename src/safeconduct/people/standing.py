"""Who is asking: the principal behind a user or a token. The only read before release, which depends on it."""

from __future__ import annotations

from django.db.models import Q

from safeconduct import node
from safeconduct.people.acts import digest_of
from safeconduct.people.enrolment import ACCOUNT, stand_in
from safeconduct.people.models import ApiToken, Appointment, Phone, User
from safeconduct.store.guard import passage
from safeconduct.terms import instant
from safeconduct.terms.party import NOBODY, Grant, Principal


def principal_of(user: User) -> Principal:
    """The user's party and the roles that it holds at this moment."""
    if not user.is_active or not user.party:
        return NOBODY
    if user.username.startswith(ACCOUNT):
        return _phone(user)
    at = instant.now()
    with passage("release"):
        held = Appointment.objects.filter(Q(end=None) | Q(end__gt=at), user_name=user.username, begin__lte=at)
        grants = tuple(sorted({Grant(one.role, one.area) for one in held}))
    return Principal(user.username, user.party, grants)


def _phone(user: User) -> Principal:
    """A phone stands for its person until it ends, and holds no appointment."""
    with passage("release"):
        holds = Phone.objects.filter(user_name=user.username, end=None).exists()
    return stand_in(node.current().accord, user.username, user.party) if holds else NOBODY


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
