"""State that lives as long as the process, beside `core.server_state`: registrations of imports, and results that depend on nothing else."""

import ast
from collections.abc import Iterator

import pytest

from tests.platform.test_house import modules, parsed

pytestmark = pytest.mark.slow

# Module-level containers that begin empty: filled at import and never again, or bounded and the same for every server.
CONTAINERS = {
    "activities.posts.services.spreading:_pieces": "listeners",
    "core.asgi.failures:_error_pages": "pages by kind of error",
    "core.asgi.failures:_surfaces": "pages by path",
    "core.asgi.request:_META_NAMES": "256 names of headers",
    "core.asgi.sending:_NAMES": "256 names of headers",
    "core.db.unique_lookup:_statements": "statements by what is asked for",
    "core.media.references:_queries": "queries of models",
    "federation.registry:_handlers": "handlers by kind of activity",
    "federation.registry:_needs": "handlers by kind of activity",
    "federation.registry:_single": "one function for each question",
    "federation.policies.domains:_exempt": "functions that name our own hosts",
    "stator.jobs:_jobs": "jobs",
    "stator.table:_known": "statements by model",
    "users.audit.services:AUDITED": "services by name",
    "users.logins.services.notices:_waiting": "queries by kind",
    "users.logins.services.notices:_of_server": "kinds that concern the whole server",
}
# Unbounded caches: of files of the program, or by arguments that only our own code chooses.
CACHES = {
    "activities.posts.markdown:_parser",
    "activities.posts.queries.visibility:_in_thread",
    "activities.posts.queries.visibility:_in_timeline",
    "activities.posts.queries.visibility:_visible",
    "api.openapi:document",
    "api.parameters:_fields",
    "core.media.locations:_folder",
    "core.middleware.security:_default",
    "core.pages.addresses:_form",
    "core.pages.static_files:assets",
    "core.texts.emoji_groups:_of_group",
    "core.texts.html:_cleaner",
    "core.texts.html:_cleaner_to_lines",
    "core.texts.links:_top_levels",
}
# Django has its settings once a process, so what they are made from is read when they are.
READS_SETTINGS_AT_IMPORT = {"takahe.settings"}
_MAKERS = {"dict", "list", "set", "OrderedDict", "defaultdict", "Counter", "deque", "WeakKeyDictionary", "WeakValueDictionary"}  # fmt: skip


def _containers() -> Iterator[str]:
    for name, path in modules().items():
        for node in parsed(path).body:
            if (
                isinstance(node, ast.Assign | ast.AnnAssign)
                and node.value
                and _is_empty_container(node.value)
            ):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                yield f"{name}:{ast.unparse(target)}"


def _is_empty_container(value: ast.expr) -> bool:
    if isinstance(value, ast.Dict):
        return not value.keys
    if isinstance(value, ast.List | ast.Set):
        return not value.elts
    return (
        isinstance(value, ast.Call) and not value.args and ast.unparse(value.func).split(".")[-1] in _MAKERS
    )


def test_no_function_assigns_to_a_global() -> None:
    """But the clock, for tests that look at another time."""
    found = {
        name
        for name, path in modules().items()
        if "global" in path.read_text()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Global)
    }
    assert found == {"core.clock"}


def test_containers_of_modules_are_registrations() -> None:
    """Django reads MIDDLEWARE from the settings; it has none."""
    assert set(_containers()) - {"takahe.settings:MIDDLEWARE"} == set(CONTAINERS)


def test_unbounded_caches_grow_with_our_own_code_only() -> None:
    """`@cache` keeps what it was called with forever: what others choose goes through `lru_cache` with a size."""
    found = {
        f"{name}:{node.name}"
        for name, path in modules().items()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(ast.unparse(each) in {"cache", "functools.cache", "lru_cache(maxsize=None)", "lru_cache(None)"} for each in node.decorator_list)
    }  # fmt: skip
    assert found == CACHES


def _is_cached(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and any(
        ast.unparse(each).removeprefix("functools.").partition("(")[0] in {"cache", "lru_cache"}
        for each in node.decorator_list
    )


def _reads_settings(node: ast.AST) -> bool:
    return any(
        ast.unparse(each) == "os.environ"
        or (isinstance(each, ast.Call) and ast.unparse(each.func) == "config")
        for each in ast.walk(node)
        if isinstance(each, ast.Call | ast.Attribute)
    )


def test_no_cache_of_the_process_holds_a_setting() -> None:
    """Two servers of one process have settings of their own: a cache takes them as arguments, or is a part of `ServerState`."""
    found = {
        f"{name}:{node.name}"
        for name, path in modules().items()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef) and _is_cached(node) and _reads_settings(node)
    }
    assert found == set()


def test_no_module_reads_settings_while_it_is_imported() -> None:
    found = {name for name, path in modules().items() if "config" in _called_at_import(parsed(path))}
    assert found == READS_SETTINGS_AT_IMPORT


def _called_at_import(module: ast.Module) -> set[str]:
    """Return what is called outside of functions."""
    waiting: list[ast.AST] = [module]
    called = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.Call):
            called.add(ast.unparse(node.func))
        waiting.extend(ast.iter_child_nodes(node))
    return called
