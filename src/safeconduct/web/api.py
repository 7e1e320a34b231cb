"""The REST API under /api/: who asks, which routers there are, and one shape for every error (RFC 9457)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from http import HTTPStatus
from typing import Any, cast

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationErrorContext
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.security import APIKeyCookie, HttpBearer

from safeconduct import __version__
from safeconduct.accord.vocabulary import CLASSES
from safeconduct.council.api import council
from safeconduct.incidents.api import incident_entries, incidents
from safeconduct.movements.api import movements, sweeps
from safeconduct.movements.plan_api import rules, templates
from safeconduct.movements.progress.api import duress, handovers, overdue, progress
from safeconduct.movements.protection.api import legs_due, manifests
from safeconduct.obligations.api import obligations
from safeconduct.people.api import appointments, me, tokens
from safeconduct.people.calls.api import calls, check_ins
from safeconduct.people.channels.api import channels
from safeconduct.people.headcounts.api import headcounts
from safeconduct.people.person_api import people, zones
from safeconduct.people.reading.api import decoys, looks, reading_alarms
from safeconduct.people.standing import bearer_of
from safeconduct.people.whereabouts.api import strength, whereabouts
from safeconduct.sites.api import places, sensors
from safeconduct.sites.standard_api import controls, inspections, photos, postures, standards
from safeconduct.strategy.api import measures
from safeconduct.strategy.cordon_api import cordons
from safeconduct.terms.decision import Refused
from safeconduct.terms.errors import BadInput, Fault, NotFound, SafeconductError, TooMany, TooManyTries, shown
from safeconduct.terms.json import plain
from safeconduct.terms.party import Principal
from safeconduct.watch.api import alerts, expected, feeds, positions
from safeconduct.watch.keeping.api import archive
from safeconduct.watch.load_api import alarm_load, shelves
from safeconduct.web.accord_api import accord
from safeconduct.web.failures import problem, problem_of
from safeconduct.web.record_api import record

PROBLEM = "application/problem+json"
REALM = 'Bearer realm="safeconduct"'


class UnknownToken(AuthenticationError):
    """A bearer token that stands for nobody, or not any more."""


class Bearer(HttpBearer):
    """A token from `POST /api/tokens`, sent as `Authorization: Bearer sc_api_…`."""

    def authenticate(self, request: HttpRequest, token: str) -> Principal:
        principal = bearer_of(token, "api")
        if principal is None:
            raise UnknownToken()
        cast(Any, request).principal = principal
        return principal


class Session(APIKeyCookie):
    """The session of someone who is logged in; a change needs the CSRF token in `X-CSRFToken`."""

    param_name = "sessionid"

    def authenticate(self, request: HttpRequest, key: str | None) -> Principal | None:  # noqa: ARG002  # ninja's signature
        user = request.user
        return cast(Any, request).principal if user.is_authenticated else None

    def __call__(self, request: HttpRequest) -> Principal | None:
        # Who is not logged in gets 401, whatever their CSRF token.
        return super().__call__(request) if request.user.is_authenticated else None


class StrictJson(Parser):
    """JSON as RFC 8259 has it: no NaN, no lone surrogates, bounded depth."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        return orjson.loads(request.body)


class Json(BaseRenderer):
    """Answers as JSON, instants in UTC with `Z`."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ARG002  # ninja's signature
        return orjson.dumps(data, default=plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


class RestApi(NinjaAPI):
    """NinjaAPI whose bad input is ours, and whose schema declares every problem that an operation may answer."""

    def validation_error_from_error_contexts(self, error_contexts: list[ValidationErrorContext[Any]]) -> Any:
        faults: list[Fault] = []
        for context in error_contexts:
            model = context.model
            source = model.__ninja_param_source__
            for error in context.pydantic_validation_error.errors(include_url=False):
                location = model.__ninja_flatten_map_reverse__.get(error["loc"], error["loc"])
                faults.append(_fault(source, location, cast(Mapping[str, Any], error)))
        return BadInput("request", faults)

    def get_openapi_schema(
        self,
        *,
        path_prefix: str | None = None,
        path_params: dict[str, Any] | None = None,
    ) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        schema["components"]["schemas"]["Problem"] = PROBLEM_SCHEMA
        for methods in schema["paths"].values():
            for operation in methods.values():
                for status in _problems_of(operation):
                    operation["responses"][str(int(status))] = _problem_response(status)
                operation["responses"] = {str(code): one for code, one in operation["responses"].items()}
        return schema

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


def _fault(source: str, location: Sequence[Any], error: Mapping[str, Any]) -> Fault:
    # The first part below a body is the name of the function's argument, which no client knows.
    parts = list(location)[1:] if source == "body" else list(location)
    where = source + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    found = "nothing" if error["type"] == "missing" else shown(error.get("input"))
    wanted = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return Fault(where, found, _WANTED.get(error["type"]) or wanted)


_WANTED = {"missing": "a value", "extra_forbidden": "no such member"}

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457 problem details: the body of every answer that is no success.",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "act": {"type": "string", "description": "On 403: the act that the accord refused."},
        "article": {"type": "string", "description": "On 403: the article that refused it."},
        "faults": {
            "type": "array",
            "description": "On 422: everything that was wrong.",
            "items": {
                "type": "object",
                "required": ["where", "found", "wanted"],
                "properties": {"where": {"type": "string"}, "found": {"type": "string"}, "wanted": {"type": "string"}},
            },
        },
    },
}

_MEANING = {
    HTTPStatus.BAD_REQUEST: "The body is no JSON.",
    HTTPStatus.UNAUTHORIZED: "Nobody asks: no token and no session, or a token that does not hold.",
    HTTPStatus.FORBIDDEN: "The accord refuses the act and names the article, or the CSRF token is missing.",
    HTTPStatus.NOT_FOUND: "Nothing of that name that you may see.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too long.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Bad input; every fault is listed, and nothing was changed.",
}


def _problems_of(operation: Mapping[str, Any]) -> list[HTTPStatus]:
    has_body = "requestBody" in operation
    found = [HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND]
    if has_body:
        found += [HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE]
    if operation["operationId"].startswith("get") or operation["operationId"].startswith("list"):
        return found + ([HTTPStatus.UNPROCESSABLE_ENTITY] if operation["parameters"] else [])
    return [*found, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY]


def _problem_response(status: HTTPStatus) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": _MEANING[status],
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status is HTTPStatus.UNAUTHORIZED:
        response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "Bearer"}}
    return response


DESCRIPTION = f"""
Everything that the pages do, for programs. Each reader gets what the accord gives them: rows that are not theirs are
not there, and fields that are withheld are absent. Every act is decided by the accord; a refusal names its article.

Classes: {", ".join(CLASSES)}. Times are ISO 8601 with a zone, ids are UUIDv7, lengths are metres and stays seconds.
Lists are newest first; ask `after` with the `next` of a page for the one behind it, which stays right while rows are
added. An act is entered on the record once; repeat a request only after reading what became of it.
"""

api = RestApi(
    title="Safeconduct",
    version=__version__,
    description=DESCRIPTION.strip(),
    urls_namespace="api",
    openapi_url="",
    docs_url=None,
    auth=[Bearer(), Session()],
    parser=StrictJson(),
    renderer=Json(),
)
for _prefix, _router in {
    "/me": me,
    "/accord": accord,
    "/alerts": alerts,
    "/archive": archive,
    "/alarm-load": alarm_load,
    "/shelves": shelves,
    "/positions": positions,
    "/expected": expected,
    "/feeds": feeds,
    "/movements": movements,
    "/progress": progress,
    "/overdue": overdue,
    "/duress": duress,
    "/handovers": handovers,
    "/templates": templates,
    "/council-rules": rules,
    "/legs-due": legs_due,
    "/manifests": manifests,
    "/sweeps": sweeps,
    "/incidents": incidents,
    "/incident-entries": incident_entries,
    "/measures": measures,
    "/obligations": obligations,
    "/cordons": cordons,
    "/places": places,
    "/sensors": sensors,
    "/postures": postures,
    "/standards": standards,
    "/controls": controls,
    "/inspections": inspections,
    "/photos": photos,
    "/record": record,
    "/looks": looks,
    "/reading-alarms": reading_alarms,
    "/decoys": decoys,
    "/appointments": appointments,
    "/tokens": tokens,
    "/persons": people,
    "/zones": zones,
    "/calls": calls,
    "/check-ins": check_ins,
    "/headcounts": headcounts,
    "/whereabouts": whereabouts,
    "/strength": strength,
    "/channels": channels,
    "/council": council,
}.items():
    api.add_router(_prefix, _router)


@cache
def schema_json() -> bytes:
    """The OpenAPI 3.1 document."""
    return orjson.dumps(api.get_openapi_schema())


@api.get("/openapi.json", include_in_schema=False)
def openapi(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # ninja's signature
    return HttpResponse(schema_json(), content_type="application/json")


@api.exception_handler(Refused)
@api.exception_handler(NotFound)
@api.exception_handler(BadInput)
@api.exception_handler(TooMany)
@api.exception_handler(TooManyTries)
def on_our_error(request: HttpRequest, error: Exception) -> HttpResponse:  # noqa: ARG001  # ninja's signature
    return problem(problem_of(cast(SafeconductError, error)))


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: Exception) -> HttpResponse:  # noqa: ARG001  # ninja's signature
    known = cast(HttpError, error)
    return _plain_problem(known.status_code, None if isinstance(error, AuthenticationError) else str(error))


@api.exception_handler(AuthenticationError)
def on_nobody(request: HttpRequest, error: Exception) -> HttpResponse:  # noqa: ARG001  # ninja's signature
    response = _plain_problem(HTTPStatus.UNAUTHORIZED, "a bearer token, or a session, is wanted")
    response["WWW-Authenticate"] = REALM
    return response


@api.exception_handler(UnknownToken)
def on_unknown_token(request: HttpRequest, error: Exception) -> HttpResponse:  # noqa: ARG001  # ninja's signature
    response = _plain_problem(HTTPStatus.UNAUTHORIZED, "the token is unknown, revoked or expired")
    response["WWW-Authenticate"] = f'{REALM}, error="invalid_token"'
    return response


@api.exception_handler(Http404)
def on_404(request: HttpRequest, error: Exception) -> HttpResponse:  # noqa: ARG001  # ninja's signature
    return _plain_problem(HTTPStatus.NOT_FOUND)


@api.exception_handler(RequestDataTooBig)
def on_too_big(request: HttpRequest, error: Exception) -> HttpResponse:  # noqa: ARG001  # ninja's signature
    return _plain_problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is longer than this node takes")


def _plain_problem(status: int, detail: str | None = None) -> HttpResponse:
    document: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status)}
    return problem(document | ({"detail": detail} if detail else {}))


def _in_one_shape(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """`view` with every error as problem details: ninja answers a wrong method by itself, without our handlers."""

    @wraps(view)
    def shaped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code < 400 or response.headers.get("Content-Type", "").startswith(PROBLEM):
            return response
        replaced = _plain_problem(response.status_code)
        if response.has_header("Allow"):
            replaced["Allow"] = response["Allow"]
        return replaced

    return shaped


def api_patterns() -> tuple[list[URLResolver | URLPattern], str, str]:
    """The URL patterns of the API, to be included under `api/`."""
    patterns, app_name, namespace = api.urls
    for pattern in cast(list[Any], patterns):
        pattern.callback = _in_one_shape(pattern.callback)
    return patterns, app_name, namespace
