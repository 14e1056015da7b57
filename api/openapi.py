"""The OpenAPI document at /api/openapi.json, generated from the routes and structs."""

import re
from functools import cache
from types import UnionType
from typing import Any, get_args, get_type_hints

import msgspec
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from api import errors
from api.oauth import scopes
from api.oauth.bearer import Auth
from api.parameters import Id, Length, Limit
from api.routing import Route, table
from api.version import VERSION
from core.asgi import Request, methods

_REFERENCES = "#/components/schemas/{name}"
_ERRORS = {
    Auth.none: ("400", "404", "422", "429"),
    Auth.either: ("400", "401", "403", "404", "410", "422", "429"),
    Auth.app: ("400", "401", "403", "404", "422", "429"),
    Auth.user: ("400", "401", "403", "404", "410", "422", "429", "503"),
}


def _hook(kind: type) -> dict[str, Any]:
    if kind is Id:
        return {"type": "string", "pattern": "^[0-9]{1,19}$"}
    if issubclass(kind, UploadedFile):
        return {"type": "string", "format": "binary"}
    raise NotImplementedError(kind)


def _parameter_schema(annotation: Any) -> dict[str, Any]:
    for extra in getattr(annotation, "__metadata__", ()):
        if isinstance(extra, Limit):
            return {"type": "integer", "minimum": 0, "default": extra.default, "maximum": extra.most}
        if isinstance(extra, Length):
            return {"type": "string", "maxLength": extra.most}
    schema = msgspec.json.schema(_plain(annotation), schema_hook=_hook)
    definitions = schema.pop("$defs", {})
    return _inline(schema, definitions)


def _plain(annotation: Any) -> Any:
    """Return the annotation without our own bounds, which msgspec does not support."""
    return (
        getattr(annotation, "__origin__", annotation) if hasattr(annotation, "__metadata__") else annotation
    )


def _inline(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inline(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inline(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    return {key: _inline(value, definitions) for key, value in schema.items()}


def _parameters(route: Route) -> list[dict[str, Any]]:
    described = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": _hook(Id) if kind is Id else {"type": "string"},
        }
        for name, kind in route.path_parameters.items()
    ]
    if route.parameters is not None and route.method == "GET":
        struct = route.parameters[1]
        hints = get_type_hints(struct, include_extras=True)
        for field in msgspec.structs.fields(struct):
            schema = _parameter_schema(hints[field.name])
            is_list = schema.get("type") == "array"
            described.append(
                {
                    "name": f"{field.encode_name}[]" if is_list else field.encode_name,
                    "in": "query",
                    "required": field.required,
                    "schema": schema,
                }
            )
    return described


def _body(route: Route) -> dict[str, Any] | None:
    if route.parameters is None or route.method == "GET":
        return None
    struct = route.parameters[1]
    hints = get_type_hints(struct, include_extras=True)
    fields = msgspec.structs.fields(struct)
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {field.encode_name: _parameter_schema(hints[field.name]) for field in fields},
    }
    required = [field.encode_name for field in fields if field.required]
    if required:
        schema["required"] = required
    kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
    return {"required": bool(required), "content": {kind: {"schema": schema} for kind in kinds}}


def _operation(route: Route, verb: str, answer: dict[str, Any]) -> dict[str, Any]:
    family, group = route.handler.__module__.rsplit(".", 2)[-2:]
    if family == "admin":
        group = f"admin_{group}"  # accounts also exist outside admin
    name = f"{group}_{route.handler.__name__}"
    if verb != route.method:
        name += f"_by_{verb.lower()}"
    responses: dict[str, Any] = {
        "200": {"description": "Done", "content": {_media_type(route): {"schema": answer}}}
    }
    for status in _ERRORS[route.auth]:
        responses[status] = {"$ref": "#/components/responses/Error"}
    operation: dict[str, Any] = {
        "operationId": name,
        "tags": [group],
        "responses": responses,
    }
    if route.handler.__doc__:
        operation["summary"] = " ".join(route.handler.__doc__.strip().split("\n\n")[0].split())
    if parameters := _parameters(route):
        operation["parameters"] = parameters
    if body := _body(route):
        operation["requestBody"] = body
    if route.auth is not Auth.none:
        needed = [{"token": group.split()} for group in route.scope.split("|")]
        operation["security"] = [*needed, {}] if route.auth is Auth.either else needed
    return operation


def _either(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    return schemas[0] if len(schemas) == 1 else {"oneOf": schemas}


def _returned(route: Route) -> tuple[Any, ...]:
    """Return the possible entities of the response (a status, or a scheduled one): msgspec has no schema for such a union.

    A Django response is text: a word, or an event stream.
    """
    if isinstance(route.returns, UnionType):
        return get_args(route.returns)
    return (str if _media_type(route).startswith("text/") else route.returns,)


def _media_type(route: Route) -> str:
    kind = route.returns
    if not (isinstance(kind, type) and issubclass(kind, HttpResponseBase)):
        return "application/json"
    return "text/event-stream" if issubclass(kind, StreamingHttpResponse) else "text/plain"


@cache
def document() -> bytes:
    """Return the complete document, as JSON."""
    routes = sorted(table, key=lambda route: (route.path, route.method))
    kinds = [_returned(route) for route in routes]
    schemas, components = msgspec.json.schema_components(
        [kind for several in kinds for kind in several], schema_hook=_hook, ref_template=_REFERENCES
    )
    following = iter(schemas)
    answers = [_either([next(following) for _ in several]) for several in kinds]
    components["Error"] = {
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
    }
    paths: dict[str, dict[str, Any]] = {}
    for route, answer in zip(routes, answers, strict=True):
        path = re.sub(r"<(\w+)>", r"{\1}", route.path)
        for verb in route.verbs:
            paths.setdefault(path, {})[verb.lower()] = _operation(route, verb, answer)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Takahē",
                "version": VERSION,
                "description": "The Mastodon client API, as far as it is served here.",
            },
            "paths": paths,
            "components": {
                "schemas": components,
                "responses": {
                    "Error": {
                        "description": "Why it did not work",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                    }
                },
                "securitySchemes": {
                    "token": {
                        "type": "oauth2",
                        "flows": {
                            "authorizationCode": {
                                "authorizationUrl": "/oauth/authorize",
                                "tokenUrl": "/oauth/token",
                                "scopes": dict.fromkeys(scopes.KNOWN, ""),
                            }
                        },
                    }
                },
            },
        }
    )


@methods("GET")
async def openapi_document(request: Request) -> HttpResponse:
    """Serve GET /api/openapi.json."""
    return HttpResponse(
        document(), content_type=errors.JSON, headers={"Cache-Control": "public, max-age=300"}
    )
