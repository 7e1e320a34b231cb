"""REST: the accord in force, and why it decides as it does."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, Field

from safeconduct.accord.accord import Accord
from safeconduct.accord.articles import Article
from safeconduct.rest import JsonObject, MarkingOut, Text, asker, marking_of
from safeconduct.terms.errors import NotFound
from safeconduct.web import accord_reads as reads

Words = dict[str, str]


class PartyOut(BaseModel):
    id: str
    side: str
    name: Words


class RoleOut(BaseModel):
    id: str
    party: str = Field(description="A party's id, `any`, or `node` for parts of the system.")
    name: Words


class ClassOut(BaseModel):
    id: str
    name: Words
    tlp: str
    releasable_to: list[str]
    orcon: bool = Field(description="Whether release beyond needs the originator's consent.")
    retention_days: int


class AccordOut(BaseModel):
    """The accord in force. Words are by language."""

    id: str
    version: int
    digest: str = Field(description="SHA-256 of the content that the parties signed, hex.")
    title: Words
    parties: list[PartyOut]
    roles: list[RoleOut]
    classes: list[ClassOut]
    marking: MarkingOut


class PolicyOut(BaseModel):
    id: str
    article: str
    effect: str
    reason: str


class ArticleOut(BaseModel):
    """An article with its clauses and the policies in it."""

    number: str
    title: Words
    clauses: dict[str, Words]
    policies: list[PolicyOut]
    marking: MarkingOut


class DecisionOut(BaseModel):
    """An answer of the accord."""

    allowed: bool
    article: str
    rule: str = Field(description="The policy's id; `default` where no policy speaks.")
    reason: str
    clause: Words = Field(description="The clause that decides, by language.")


accord = Router(tags=["accord"])


@accord.get("", response=AccordOut, operation_id="getAccord")
def get_accord(request: HttpRequest) -> JsonObject:
    """The accord in force: parties, roles and information classes."""
    found = reads.accord_for(asker(request))
    return {
        "id": found.id,
        "version": found.version,
        "digest": found.digest,
        "title": found.title,
        "parties": [{"id": one.id, "side": str(one.side), "name": one.name} for one in found.parties.values()],
        "roles": [{"id": one.id, "party": one.party, "name": one.name} for one in found.roles.values()],
        "classes": [
            {
                "id": one.id,
                "name": one.name,
                "tlp": str(one.tlp),
                "releasable_to": sorted(one.releasable_to),
                "orcon": one.orcon,
                "retention_days": one.retention_days,
            }
            for one in found.classes.values()
        ],
        "marking": marking_of(reads.own_marking(found)),
    }


@accord.get("/articles", response=list[ArticleOut], operation_id="listArticles")
def list_articles(request: HttpRequest) -> list[JsonObject]:
    """Every article, in order."""
    found = reads.accord_for(asker(request))
    return [_article(found, one) for one in found.articles.values()]


@accord.get("/articles/{number}", response=ArticleOut, operation_id="getArticle")
def get_article(request: HttpRequest, number: str) -> JsonObject:
    """One article by its number."""
    found = reads.accord_for(asker(request))
    if number not in found.articles:
        raise NotFound("article", number)
    return _article(found, found.articles[number])


class Question(BaseModel):
    """Who would do what to what. Without `role` it is asked for the one who asks."""

    act: Text = Field(description="An act, or `read`.", examples=["measure.order"])
    info_class: Text = Field(alias="class", examples=["measure"])
    originator: Text = Field(default="", description="The party that it comes from; your own, if absent.")
    area: Text = Field(default="", description="The site that it concerns.")
    role: Text = Field(default="", description="Ask for anybody who holds this role.")
    party: Text = Field(default="", description="The party of that role, where either may hold it.")


@accord.get("/decide", response=DecisionOut, operation_id="decide")
def decide(request: HttpRequest, question: Annotated[Question, Query()]) -> JsonObject:
    """Why: the decision, the article that it rests on, and its words. Nothing is done."""
    asked = principal = asker(request)
    found = reads.accord_for(principal)
    if question.role:
        party = (
            question.party or found.schedule.sides_of(found.roles[question.role])[0]
            if question.role in found.roles
            else ""
        )
        asked = reads.standing_in(found, question.role, party)
    originator = question.originator or asked.party
    decision = reads.why(found, asked, question.act, question.info_class, originator, question.area)
    return {
        "allowed": decision.allowed,
        "article": decision.article,
        "rule": decision.rule,
        "reason": decision.reason,
        "clause": reads.clause_of(found, decision.article),
    }


def _article(found: Accord, one: Article) -> JsonObject:
    policies = [
        {"id": policy.id, "article": policy.article, "effect": policy.effect, "reason": policy.reason}
        for policy in one.policies
    ]
    return {
        "number": one.number,
        "title": one.title,
        "clauses": one.clauses,
        "policies": policies,
        "marking": marking_of(reads.own_marking(found)),
    }
