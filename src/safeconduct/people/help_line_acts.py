"""Telephone numbers for when nothing else works, and what people ask to have put right."""

from __future__ import annotations

import re

from safeconduct.acts import Doing, act, unfit
from safeconduct.people.models import Correction, HelpLine
from safeconduct.people.own import own_person
from safeconduct.terms.errors import BadInput, Fault, shown

NUMBER = re.compile(r"\+?[0-9][0-9 ]{1,20}[0-9]", re.ASCII)
ASKED, DONE, DECLINED = "asked", "done", "declined"
MOST_ASKED = 20


@act("help_line.give", creates=HelpLine)
def give_line(doing: Doing, *, site: str, name: str, number: str) -> HelpLine:
    """Give people of a site, or of every site, a number to call. Raises BadInput."""
    faults: list[Fault] = []
    if not 0 < len(name.strip()) <= 80:
        faults.append(Fault("name", f"{len(name.strip())} characters", "1 to 80"))
    if not NUMBER.fullmatch(number.strip()):
        faults.append(Fault("number", shown(number), "digits and spaces, with a + before the code of a country"))
    if faults:
        raise BadInput("help line", faults)
    return HelpLine.objects.create(label_id=doing.label_id, site=site, name=name.strip(), number=number.strip())


@act("help_line.remove", on=HelpLine)
def remove_line(doing: Doing, line: HelpLine) -> None:
    """Give it to nobody any more."""
    if line.removed_at is not None:
        raise BadInput("help line", [Fault("removed_at", str(line.removed_at), "a line that is given")])
    line.removed_at = doing.at


@act("correction.ask", creates=Correction)
def ask_correction(doing: Doing, text: str, *, site: str) -> Correction:
    """The actor asks to have put right what is held about them. The words are no detail of the act. Raises BadInput."""
    person = own_person(doing, site)
    faults = list(unfit({"text": text}))
    if not 0 < len(text.strip()) <= 1000:
        faults.append(Fault("text", f"{len(text.strip())} characters", "1 to 1000"))
    if Correction.objects.filter(person=person.pk, state=ASKED).count() >= MOST_ASKED:
        faults.append(Fault("text", f"{MOST_ASKED} requests that wait", "an answer to those first"))
    if faults:
        raise BadInput("correction", faults)
    return Correction.objects.create(
        label_id=doing.label_id, site=site, person=person.pk, text=text.strip(), asked_at=doing.at
    )


@act("correction.answer", on=Correction)
def answer_correction(doing: Doing, correction: Correction, answer: str, *, state: str) -> None:
    """Say what became of it: done, or declined with a reason. Raises BadInput."""
    faults = list(unfit({"answer": answer}))
    if correction.state != ASKED:
        faults.append(Fault("state", correction.state, ASKED))
    if state not in (DONE, DECLINED):
        faults.append(Fault("state", shown(state), f"{DONE} or {DECLINED}"))
    if len(answer.strip()) > 1000 or (state == DECLINED and not answer.strip()):
        faults.append(Fault("answer", f"{len(answer.strip())} characters", "1 to 1000 where it is declined"))
    if faults:
        raise BadInput("correction", faults)
    correction.state, correction.answer, correction.answered_at = state, answer.strip(), doing.at
