"""Roles that are bound to rows: of a personal class, a person reaches their own, a warden those of their zones.

The accord decides by role and marking, and so alike for all holders of a role. A model of a personal class says in
`belongs` which of its rows are whose; a grant of such an office counts on these rows alone, and on none where the model
names nobody's.
"""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.db.models import Q

from safeconduct.accord.accord import Accord
from safeconduct.accord.schedule import Office
from safeconduct.accord.vocabulary import PERSONAL
from safeconduct.store.models import Marked
from safeconduct.terms.party import Grant, Principal

BINDING = frozenset({Office.SELF, Office.WARDEN})


def offices(accord: Accord, principal: Principal, model: type[Marked]) -> frozenset[Office]:
    """The offices that the principal holds and that `model` binds to rows."""
    if model.info_class not in PERSONAL:
        return frozenset()
    return BINDING & {_office(accord, grant) for grant in principal.grants}


def without(accord: Accord, principal: Principal, unbound: frozenset[Office]) -> Principal:
    """The principal without its grants of these offices: as it stands to a row that is not bound to it."""
    # Not `replace`: a request's principal is looked up when it is first asked, and is no dataclass before.
    left = tuple(one for one in principal.grants if _office(accord, one) not in unbound)
    return Principal(principal.name, principal.party, left)


def theirs(model: type[Marked], office: Office, principal: Principal) -> Q:
    """The rows of `model` that the office binds to this principal; none where the model says of none whose they are."""
    return model.belongs[office](principal) if office in model.belongs else Q(pk__in=[])


def standing(accord: Accord, principal: Principal, model: type[Marked], ref: uuid.UUID) -> Principal:
    """The principal as it stands to the row `ref`: without the grants that do not reach it.

    Costs a question to the database for each office held; none for whoever holds no such office.
    """
    held = offices(accord, principal, model)
    rows = cast(Any, model).objects
    missed = [one for one in held if not rows.filter(theirs(model, one, principal), pk=ref).exists()]
    return without(accord, principal, frozenset(missed)) if missed else principal


def hearing(accord: Accord, principal: Principal, info_class: str) -> Principal:
    """The principal as it stands to many rows of a class at once: of a personal one, without what is bound to some."""
    return without(accord, principal, BINDING) if info_class in PERSONAL else principal


def _office(accord: Accord, grant: Grant) -> Office:
    role = accord.roles.get(grant.role)
    return role.office if role else Office.NONE
