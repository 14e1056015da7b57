"""Endpoints: the decorator that declares one, the routing table, and the processing from request to response.

    @endpoint("GET", "/api/v1/statuses/<id>", scope="read:statuses", auth="either")
    async def show(call: Call, id: Id) -> Status: ...

`id` comes from the path; an argument annotated with a struct holds the request's parameters; the return annotation is what the
OpenAPI document says. The answer is encoded straight to bytes.
"""

import hashlib
import inspect
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, get_type_hints

import msgspec
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from api import errors, limits
from api.doing import doing_of
from api.entities.viewpoint import Viewpoint
from api.oauth.bearer import Auth, Caller, authenticate
from api.parameters import Id, collect_parameters, parse_parameters, path_id
from core.asgi import MEGABYTE, MethodNotAllowed, Request, body_limit, no_csrf
from core.errors import BadInput, NotAllowed, NotFound, Problem, Unauthenticated
from federation.peers import known_policies
from federation.policies.domains import reading_for
from users.audit.models import Act
from users.audit.services import Target, record_refusal
from users.domains.models import Domain
from users.domains.visitors import reading_as_visitor
from users.identities.models import Identity
from users.logins.access import require_role, speaking

_encode = msgspec.json.Encoder().encode
_UPDATES = ("PUT", "PATCH")


class Call:
    """One call of an endpoint: the request, its domain, the caller, and headers for the response."""

    __slots__ = ("caller", "domain", "headers", "request", "route", "status")

    def __init__(self, request: Request, route: "Route", caller: Caller | None) -> None:
        self.request = request
        self.route = route
        self.caller = caller
        self.domain: Domain = request.domain
        self.headers: dict[str, str] = {}
        self.status = 200

    @property
    def viewer(self) -> Identity | None:
        """The identity that reads the response; None for anonymous requests."""
        return self.caller.identity if self.caller else None

    @property
    def viewpoint(self) -> Viewpoint:
        """The viewpoint for rendering: domain, viewer and filters."""
        if self.caller is None:
            return Viewpoint(self.domain)
        return Viewpoint(self.domain, self.caller.identity, self.caller.filters)

    @property
    def me(self) -> Identity:
        """The calling identity. Only for endpoints with auth="user"."""
        if self.caller is None or self.caller.identity is None:
            raise BadInput(code="user_needed")
        return self.caller.identity


_TIMELINES = ("/api/v1/timelines/", "/api/v1/trends", "/api/v1/tags/", "/api/v1/directory", "/api/v2/search")


class Route(msgspec.Struct, frozen=True):
    method: str
    path: str  # "/api/v1/statuses/<id>"
    handler: Callable[..., Awaitable[Any]]
    scope: str
    auth: Auth
    bucket: str
    path_parameters: dict[str, type]
    parameters: tuple[str, type[msgspec.Struct]] | None
    returns: Any
    body_bytes: int = 2 * MEGABYTE
    may_be_new: bool = False  # also for logins that are not confirmed or approved yet
    verbs: tuple[str, ...] = ()  # its methods; PUT and PATCH are equivalent, as in Rails

    @property
    def is_timeline(self) -> bool:
        """True if it shows posts of authors whom the viewer did not select.

        A domain may restrict these to its own users, while posts and profiles stay readable.
        """
        return self.auth is Auth.either and self.path.startswith(_TIMELINES)

    @property
    def segments(self) -> list[str]:
        return self.path.strip("/").split("/")


class Table:
    """All routes, each once for all its methods. A literal segment takes precedence over a parameter, so `/accounts/lookup` is not an id."""

    def __init__(self) -> None:
        self._root: dict[str, Any] = {}

    def add(self, route: Route) -> None:
        here = self._root
        for segment in route.segments:
            here = here.setdefault("<>" if segment.startswith("<") else segment, {})
        methods = here.setdefault("", {})
        for verb in route.verbs:
            if verb in methods:
                raise ValueError(f"{verb} {route.path} is routed twice")
            methods[verb] = route

    def find(self, path: str) -> tuple[dict[str, Route], list[str]] | None:
        """Return the routes of this path by method, and its raw parameters."""
        return self._walk(self._root, path.strip("/").split("/"), 0, [])

    def _walk(
        self, here: dict[str, Any], segments: list[str], at: int, taken: list[str]
    ) -> tuple[dict[str, Route], list[str]] | None:
        if at == len(segments):
            return (here[""], taken) if "" in here else None
        segment = segments[at]
        if not segment:
            return None
        if segment in here:
            found = self._walk(here[segment], segments, at + 1, taken)
            if found:
                return found
        if "<>" in here:
            return self._walk(here["<>"], segments, at + 1, [*taken, segment])
        return None

    def __iter__(self) -> Iterator[Route]:
        stack = [self._root]
        while stack:
            node = stack.pop()
            yield from (route for verb, route in node.get("", {}).items() if verb == route.method)
            stack.extend(child for key, child in node.items() if key)


table = Table()


def endpoint(
    method: str,
    path: str,
    *,
    scope: str = "",
    auth: str = "none",
    bucket: str = limits.GENERAL,
    body_bytes: int = 2 * MEGABYTE,
    may_be_new: bool = False,
    only_verb: bool = False,
) -> Callable[[Callable[..., Awaitable[Any]]], Callable[..., Awaitable[Any]]]:
    """Serve `method path` with the decorated function.

    PUT and PATCH are the same update unless `only_verb`: Rails routes both, and clients use either.
    """
    is_update = method in _UPDATES and not only_verb

    def decorate(handler: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        hints = get_type_hints(handler, include_extras=True)
        names = [part[1:-1] for part in path.split("/") if part.startswith("<")]
        structs = [
            (name, kind)
            for name, kind in hints.items()
            if name != "return" and inspect.isclass(kind) and issubclass(kind, msgspec.Struct)
        ]
        table.add(
            Route(
                method=method,
                path=path,
                handler=handler,
                scope=scope,
                auth=Auth(auth),
                bucket=bucket,
                path_parameters={name: hints[name] for name in names},
                parameters=structs[0] if structs else None,
                returns=hints.get("return"),
                body_bytes=body_bytes,
                may_be_new=may_be_new,
                verbs=_UPDATES if is_update else (method,),
            )
        )
        return handler

    return decorate


def _arguments(route: Route, taken: list[str], request: Request) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for (name, kind), text in zip(route.path_parameters.items(), taken, strict=True):
        if kind is Id:
            number = path_id(text)
            if number is None:
                raise NotFound()
            arguments[name] = number
        elif "\x00" in text:
            raise NotFound()
        else:
            arguments[name] = text
    if route.parameters is not None:
        name, struct = route.parameters
        arguments[name] = parse_parameters(struct, collect_parameters(request))
    return arguments


_OPEN = "/api/v1/instance/"  # shows nobody
_EMBEDS = "/api/oembed"


def _is_refused(route: Route, caller: Caller | None, domain: Domain) -> bool:
    """Return whether a route shows people or their posts, and the caller acts for nobody, on a domain that shows visitors no profiles."""
    if domain.shows_profiles or (caller is not None and caller.identity is not None):
        return False
    shows_people = route.auth is Auth.either and not route.path.startswith(_OPEN)
    return shows_people or route.path == _EMBEDS


def _is_shown(route: Route, domain: Domain) -> bool:
    """Return whether strangers may see what a route of a domain's timelines shows."""
    if route.path.startswith("/api/v1/trends") and not domain.shows_trends:
        return False
    return domain.is_public and (domain.shows_directory or route.path != "/api/v1/directory")


async def _answer(request: Request, route: Route, taken: list[str]) -> HttpResponse:
    try:
        caller = await authenticate(request, route.auth, route.scope, may_be_new=route.may_be_new)
    except Unauthenticated:
        await limits.count_call(request, route.bucket, None)  # guesses of tokens are counted, too
        raise
    if caller is None and route.is_timeline and not _is_shown(route, request.domain):
        raise Unauthenticated(code="anonymous_refused")
    if _is_refused(route, caller, request.domain):
        raise Unauthenticated(code="anonymous_refused")
    allowance = await limits.count_call(request, route.bucket, caller)
    try:
        call = Call(request, route, caller)
        await known_policies()  # decides which media entities show; read at most once in some seconds
        await _check_role(request, route, caller)
        with _as_caller(caller), reading_for(_home_of(request, caller)), _as_visitor(caller):
            result = await route.handler(call, **_arguments(route, taken, request))
        if isinstance(result, HttpResponseBase):
            response = result
        else:
            response = _json_response(request, result, call.status)
        for name, value in call.headers.items():
            response.headers[name] = value
    except Problem as problem:
        response = errors.error_response(problem)
    if allowance is not None:
        for name, value in allowance.items():
            response.headers[name] = value
    return response


def _home_of(request: Request, caller: Caller | None) -> int:
    """Return the domain whose policies for other servers apply: the identity's, or for anybody else that of the request."""
    home = caller.identity.domain_id if caller and caller.identity else None
    return int(home or request.domain.pk)


def _as_visitor(caller: Caller | None) -> AbstractContextManager[None]:
    return reading_as_visitor() if caller is None or caller.identity is None else nullcontext()


def _as_caller(caller: Caller | None) -> AbstractContextManager[None]:
    if caller is None or caller.user is None or caller.role is None:
        return nullcontext()
    return speaking(caller.user.pk, caller.role)


async def _check_role(request: Request, route: Route, caller: Caller | None) -> None:
    """Raise NotAllowed for what the login's role for a shared identity doesn't allow, and write it to the audit log."""
    if caller is None or caller.user is None or caller.identity is None:
        return
    try:
        require_role(caller.role, doing_of(request.method or "", route.path, route.scope))
    except NotAllowed as problem:
        await record_refusal(
            Act.exceed_role,
            Target("person", caller.identity.pk, caller.identity.handle),
            by=caller.user.pk,
            code=problem.code,
            domain_id=caller.identity.domain_id,
            details={"page": f"{request.method} {route.path}"},
        )
        raise


def _json_response(request: Request, result: Any, status: int) -> HttpResponse:
    body = _encode(result)
    response = HttpResponse(body, content_type=errors.JSON, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    if request.method == "GET" and status == 200:
        # sha256 is the fastest where processors have instructions for it
        tag = f'W/"{hashlib.sha256(body, usedforsecurity=False).hexdigest()[:24]}"'
        if tag in request.META.get("HTTP_IF_NONE_MATCH", ""):
            response = HttpResponse(status=304)
        response.headers["ETag"] = tag
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["Vary"] = "Authorization"
    return response


def _body_limit(request: Request) -> int:
    """Return the route's body limit, and the default one for requests without a token."""
    found = table.find(request.path)
    route = found[0].get(request.method) if found else None
    if route is None or "HTTP_AUTHORIZATION" not in request.META:
        return 2 * MEGABYTE
    return route.body_bytes


@body_limit(_body_limit)
@no_csrf
async def dispatch(request: Request, rest: str = "") -> HttpResponse:
    """Return the one view behind every endpoint."""
    try:
        found = table.find(request.path)
        if found is None:
            if request.path.startswith("/api/v1/streaming/"):
                raise BadInput(code="channel_unknown", status=400)
            raise NotFound(code="no_such_endpoint", detail=request.path)
        methods, taken = found
        route = methods.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            if request.method == "OPTIONS":
                return HttpResponse(status=204, headers={"Allow": ", ".join([*methods, "OPTIONS"])})
            raise MethodNotAllowed(tuple(methods))
        request.endpoint = route.path
        return await _answer(request, route, taken)
    except Problem as problem:
        return errors.error_response(problem)
