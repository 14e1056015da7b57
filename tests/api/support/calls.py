"""The requests made by the tests, read from their source: every call of a client's `get`, `post`, `ask`, `refused`… with its path, as far as it is
known without running. Unknown parts of a path are `*`.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
# they call every route automatically, so they don't test what it does
_TABLES = {"test_authorisation_table.py", "test_bad_input.py", "test_endpoint_table.py"}
_VERBS = {"get", "post", "put", "patch", "delete"}
_NAMED = {"ask", "refused", "request", "stream"}
# functions of the streaming tests: (method, prefix of the path, index of the path argument)
_HELPERS = {
    "event_stream": ("GET", "/api/v1/streaming/", 1),
    "_status": ("GET", "/api/v1/streaming", 1),
    "web_socket": ("WS", "/api/v1/streaming", None),
}
_MAX_COUNT = 40  # values of one name

type Scope = dict[str, set[str]]


@cache
def calls() -> frozenset[tuple[str, str]]:
    """Return (method, path) of all tests."""
    found: set[tuple[str, str]] = set()
    for file in sorted(TESTS.rglob("*.py")):
        if file.name not in _TABLES:
            found |= set(_calls_in(ast.parse(file.read_text())))
    return frozenset(found)


def are_made(method: str, path: str) -> bool:
    """Return whether some test makes this request; parameters of `path` are written `:name`."""
    wanted = path.strip("/").split("/")
    return any(
        verb == method and _fits(wanted, called.partition("?")[0].partition("#")[0].strip("/").split("/"))
        for verb, called in calls()
    )


def _fits(wanted: list[str], called: list[str]) -> bool:
    """Return whether every part is equal. Parameters match anything; unknown parts don't match fixed words of the path."""
    return len(wanted) == len(called) and all(
        want.startswith(":") or want == call for want, call in zip(wanted, called, strict=True)
    )


def _calls_in(tree: ast.Module) -> Iterator[tuple[str, str]]:
    shared = _names(tree.body, {})
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)]
    for function in functions:
        scope = {**shared, **_parametrized(function, shared)}
        scope = _names(list(ast.walk(function)), scope)
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield from _request(node, node.func.attr, scope)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _HELPERS:
                method, before, place = _HELPERS[node.func.id]
                if place is not None and len(node.args) <= place:
                    continue  # a function of another module with that name
                for path in _texts(node.args[place], scope) if place is not None else {""}:
                    yield method, before + path


def _request(node: ast.Call, verb: str, scope: Scope) -> Iterator[tuple[str, str]]:
    if verb in _VERBS and node.args:
        for path in _texts(node.args[0], scope):
            yield verb.upper(), path
    elif verb in _NAMED and len(node.args) > 1:
        for method in _texts(node.args[0], scope):
            for path in _texts(node.args[1], scope):
                yield method, path


def _names(nodes: list[ast.AST] | list[ast.stmt], scope: Scope) -> Scope:
    """Return the possible values of the names in simple assignments and loops."""
    scope = dict(scope)
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                _bind(target, [node.value], scope)
        elif isinstance(node, ast.For | ast.comprehension) and isinstance(node.iter, ast.Tuple | ast.List):
            _bind(node.target, node.iter.elts, scope)
    return scope


def _bind(target: ast.expr, values: list[ast.expr], scope: Scope) -> None:
    if isinstance(target, ast.Name):
        texts = {text for value in values for text in _texts(value, scope)}
        scope[target.id] = set(sorted(scope.get(target.id, set()) | texts)[:_MAX_COUNT])
    elif isinstance(target, ast.Tuple):
        for place, one in enumerate(target.elts):
            rows = [
                v.elts[place] for v in values if isinstance(v, ast.Tuple | ast.List) and len(v.elts) > place
            ]
            _bind(one, rows, scope)


def _parametrized(function: ast.AsyncFunctionDef | ast.FunctionDef, shared: Scope) -> Scope:
    scope: Scope = {}
    for decorator in function.decorator_list:
        if not (isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("parametrize")):
            continue
        names, values = decorator.args[0], decorator.args[1]
        if not isinstance(values, ast.List | ast.Tuple):
            continue
        if isinstance(names, ast.Constant):
            _bind(ast.Name(str(names.value)), values.elts, scope)
        elif isinstance(names, ast.Tuple | ast.List):
            bound = ast.Tuple([ast.Name(str(n.value)) for n in names.elts if isinstance(n, ast.Constant)])
            _bind(bound, values.elts, scope)
    return scope


def _texts(node: ast.expr, scope: Scope) -> set[str]:
    """Return the possible values of a text expression, with `*` for unknown parts."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else {"*"}
    if isinstance(node, ast.Name):
        return scope.get(node.id, {"*"})
    if isinstance(node, ast.JoinedStr):
        parts = [_texts(p.value if isinstance(p, ast.FormattedValue) else p, scope) for p in node.values]
        return _joined(parts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined([_texts(node.left, scope), _texts(node.right, scope)])
    return {"*"}


def _joined(parts: list[set[str]]) -> set[str]:
    texts = {""}
    for part in parts:
        texts = {text + one for text in texts for one in part}
        if len(texts) > _MAX_COUNT * 10:
            return {"*"}
    return texts
