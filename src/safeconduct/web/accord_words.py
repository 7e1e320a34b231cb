"""Words for what the accord, and the record after it, name by codes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from safeconduct.accord.matrix import When
from safeconduct.accord.vocabulary import READ

ACTS: dict[str, Any] = {
    READ: _("Read"),
    "place.import": _("Import the places of a site"),
    "place.change": _("Change a place"),
    "place.remove": _("Remove a place"),
    "sensor.health": _("Report the health of a sensor"),
    "picture.refresh": _("Refresh the picture"),
    "archive.seal": _("Seal a part of the archive"),
    "archive.ask": _("Ask the archive"),
    "archive.expire": _("Delete from the archive what is over its time"),
    "evidence.hold": _("Hold observations as evidence"),
    "evidence.lift": _("Lift a hold on evidence"),
    "alert.raise": _("Raise an alert"),
    "alert.update": _("Update an alert"),
    "alert.clear": _("Clear an alert"),
    "alert.acknowledge": _("Acknowledge an alert"),
    "alert.assess": _("Assess an alert"),
    "alert.escalate": _("Escalate an alert"),
    "presence.close": _("Attest that a vehicle left"),
    "alert.shelve": _("Shelve alerts for a limited time"),
    "alert.shelve_critical": _("Shelve critical alerts, too"),
    "alert.unshelve": _("Take alerts off the shelf"),
    "expected.register": _("Register an expected presence"),
    "expected.withdraw": _("Withdraw an expected presence"),
    "movement.plan": _("Plan a movement"),
    "movement.amend": _("Amend a plan"),
    "movement.request": _("Request the review of a plan"),
    "movement.review": _("Review a plan"),
    "movement.lapse": _("Enter that a clearance ended"),
    "movement.meet": _("Enter that a condition is met"),
    "movement.accept_risk": _("Accept the risk to one's own people"),
    "movement.accept_measures": _("Accept the measures against a risk"),
    "movement.recur": _("Make the occurrences of a template"),
    "template.save": _("Keep a plan as a template"),
    "template.repeat": _("Repeat a template by the week"),
    "template.remove": _("Put a template away"),
    "council.propose": _("Propose a condition in council"),
    "council.agree": _("Agree to a condition in council"),
    "council.lift": _("Lift a condition in council"),
    "movement.consent": _("Give a key to a movement"),
    "movement.withdraw": _("Take a key back"),
    "movement.hold": _("Hold a movement"),
    "movement.lift": _("Lift a hold"),
    "movement.depart": _("Let a movement depart"),
    "movement.arrive": _("Report an arrival"),
    "movement.cancel": _("Cancel a movement"),
    "movement.propose_hold": _("Propose a hold"),
    "escort.assign": _("Assign an escort"),
    "sweep.certify": _("Certify a sweep"),
    "sweep.void": _("Void a sweep"),
    "measure.request": _("Ask for a measure"),
    "measure.order": _("Order a measure"),
    "measure.lift": _("Lift a measure"),
    "role.appoint": _("Appoint someone to a role"),
    "role.dismiss": _("Dismiss someone from a role"),
    "accord.enact": _("Put an accord into force"),
    "accord.suspend": _("Suspend the accord"),
    "accord.resume": _("Resume the accord"),
    "record.erase": _("Erase what an entry holds"),
    "release.widen": _("Widen a release"),
    "feed.open": _("Open a feed"),
    "feed.change": _("Change a feed"),
    "feed.close": _("Close a feed"),
    "token.issue": _("Issue a token"),
    "token.revoke": _("Revoke a token"),
}
"""Every act of the vocabulary, and reading."""

WHEN: dict[When, Any] = {
    When.ALWAYS: _("yes"),
    When.OWN: _("of one's own party"),
    When.SOME: _("in some cases"),
}

ATTRIBUTES: dict[str, Any] = {
    "class": _("Class"),
    "index": _("Number"),
    "time": _("Time"),
    "party": _("Party"),
    "act": _("Act"),
    "article": _("Article"),
    "commitment": _("Commitment"),
}
"""The fields of an entry of the record."""


def act_word(code: str) -> Any:
    """The label of an act; the code where a newer node wrote it."""
    return ACTS.get(code, code)
