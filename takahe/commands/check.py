"""`takahe check`: checks that settings, code and database are consistent, before anything is served."""

import argparse
import sys
from importlib.util import find_spec

from takahe.cli import environment, schema
from takahe.cli.exits import Exit

_NO_DOMAIN = (
    "There is no domain yet: open the link that `takahe serve` prints at its start, or run `takahe setup`."
)


def check(options: argparse.Namespace) -> int:
    """Exit 0 if a server could start now; otherwise print each problem on a line of stderr."""
    with environment.database():
        environment.set_up_django(pool=False)
        problems = [*_django_problems(), *_database_problems(), *_handler_problems()]
        has_domain = bool(problems) or _has_domain()
    for problem in problems:
        print(f"takahe: {problem}", file=sys.stderr)
    if not problems and not options.quiet:
        print("All is well." if has_domain else f"All is well. {_NO_DOMAIN}")
    return Exit.FAILED if problems else Exit.OK


def _django_problems() -> list[str]:
    from django.core import checks

    found = checks.run_checks(include_deployment_checks=False)
    return [f"{message.id}: {message.msg}" for message in found if message.level >= checks.WARNING]


def _database_problems() -> list[str]:
    from django.db import connection

    problems = []
    if connection.pg_version < 150000:
        version = connection.pg_version // 10000
        problems.append(f"The database is PostgreSQL {version}; 15 or newer is needed.")
    if waiting := schema.waiting_migrations():
        problems.append(f"Migrations are pending: {', '.join(waiting)}. Run `takahe migrate`.")
    return problems


def _has_domain() -> bool:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM users_domain)")
        return bool(cursor.fetchone()[0])


def _handler_problems() -> list[str]:
    """Return the active states without a handler."""
    import stator
    from stator.handlers import HandlerError
    from stator.registry import check_handlers

    try:
        stator.load_handlers()
        check_handlers(stator.stateful_models())
    except HandlerError as error:
        return [str(error)]
    return [] if find_spec("uvloop") else ["The package uvloop is missing. Run `make install`."]
