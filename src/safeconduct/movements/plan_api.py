"""REST: templates of plans, and what the parties decided in council about the gate."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from safeconduct.movements import acts, queries
from safeconduct.rest import (
    Input,
    Instant,
    JsonObject,
    Moment,
    Ref,
    Text,
    answer,
    asker,
    created,
    page_of,
    page_schema,
    released,
)

TemplateOut = released(
    "JourneyTemplate", "journey_template", site=str, name=str, plan=JsonObject, pattern=JsonObject, made_until=date
)
RuleOut = released(
    "CouncilRule",
    "council_rule",
    site=str,
    condition=str,
    terms=JsonObject,
    text=str,
    begin=Moment,
    until=Moment,
    agreed=JsonObject,
    lifting=JsonObject,
    state=str,
)


class TemplateIn(Input):
    """Keep the plan of a movement under a name."""

    site: Text
    movement: Text
    name: Text


class Pattern(Input):
    """Week by week; an empty pattern ends it."""

    pattern: JsonObject = Field(
        examples=[{"weekdays": [0, 2], "time": "08:00", "spread_min": 20, "begin": "2026-11-30", "ahead_days": 7}]
    )


class RuleIn(Input):
    """A condition for the gate of every movement through the site, or through any."""

    condition: Text = Field(description="swept, escort, vehicle_class, training, vetting or closed")
    text: Text
    site: Text = ""
    at_least: Text = ""
    begin: Instant | None = None
    until: Instant | None = None


templates = Router(tags=["movements"], exclude_unset=True)
rules = Router(tags=["council"], exclude_unset=True)


@templates.get("", response=page_schema(TemplateOut), operation_id="listTemplates")
def list_templates(request: HttpRequest) -> JsonObject:
    """Templates of your own party, by name."""
    return page_of(queries.templates(asker(request)))


@templates.post("", response={201: TemplateOut}, operation_id="saveTemplate")
def save_template(request: HttpRequest, body: TemplateIn) -> Status[Any]:
    """Act `template.save`."""
    return created(request, acts.save_template, queries.template, **body.model_dump())


@templates.put("/{ref}/pattern", response=TemplateOut, operation_id="repeatTemplate")
def repeat_template(request: HttpRequest, ref: Ref, body: Pattern) -> JsonObject:
    """Act `template.repeat`: a movement of its own for each day, made ahead."""
    acts.repeat_template(asker(request), ref, pattern=body.pattern)
    return answer(queries.template(asker(request), ref))


@templates.delete("/{ref}", response={204: None}, operation_id="removeTemplate")
def remove_template(request: HttpRequest, ref: Ref) -> Status[None]:
    """Act `template.remove`; movements made from it stay."""
    acts.remove_template(asker(request), ref)
    return Status(204, None)


@rules.get("", response=page_schema(RuleOut), operation_id="listCouncilRules")
def list_rules(request: HttpRequest) -> JsonObject:
    """What was proposed or decided, the newest first."""
    return page_of(queries.council_rules(asker(request)))


@rules.post("", response={201: RuleOut}, operation_id="proposeCouncilRule")
def propose(request: HttpRequest, body: RuleIn) -> Status[Any]:
    """Act `council.propose`: it holds once every party has agreed."""
    return created(request, acts.propose, queries.council_rule, **body.model_dump())


@rules.post("/{ref}/agree", response=RuleOut, operation_id="agreeToCouncilRule")
def agree(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `council.agree`."""
    acts.agree(asker(request), ref)
    return answer(queries.council_rule(asker(request), ref))


@rules.post("/{ref}/lift", response=RuleOut, operation_id="liftCouncilRule")
def lift(request: HttpRequest, ref: Ref) -> JsonObject:
    """Act `council.lift`: it ends once every party has said so."""
    acts.lift_rule(asker(request), ref)
    return answer(queries.council_rule(asker(request), ref))
