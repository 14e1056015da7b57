"""Wake-up triggers: NOTIFY on the channel `stator` with the table's name when rows become due, whatever code writes them.

INSERT: one per statement, if it inserted a due row. UPDATE: a row-level condition that only transitions into due states meet; updates of
other columns cost nothing.
"""

from core.db import async_atomic, sql
from stator.models import StatefulModel
from stator.registry import stateful_models

CHANNEL = "stator"
_LOCK = 7_202_881_001  # an arbitrary number: two processes must not write the same functions at once

_FUNCTIONS = """
CREATE OR REPLACE FUNCTION stator_wake_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM inserted WHERE state_due_at <= clock_timestamp()) THEN
        PERFORM pg_notify('stator', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION stator_wake_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('stator', TG_TABLE_NAME);
    RETURN NULL;
END $$;
"""


async def install_triggers(models: list[type[StatefulModel]] | None = None) -> int:
    """Create the missing wake-up triggers of stateful tables (or those of `models`) that exist; return how many were new.

    Safe to repeat. `takahe migrate` calls it after the migrations, and every worker when it starts.
    """
    tables = [model._meta.db_table for model in (stateful_models() if models is None else models)]
    async with async_atomic():
        await sql.run("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        missing = await sql.column(
            """SELECT t.name FROM unnest(%s::text[]) AS t(name) WHERE to_regclass(quote_ident(t.name)) IS NOT NULL
               AND (SELECT count(*) FROM pg_trigger WHERE tgrelid = to_regclass(quote_ident(t.name))
                    AND tgname IN ('stator_wake_inserted', 'stator_wake_updated')) < 2""",
            (tables,),
        )
        if missing:
            for statement in _FUNCTIONS.split("$$;"):
                if statement.strip():
                    await sql.run(statement + "$$")
        for name in missing:
            await sql.run(
                f"""CREATE OR REPLACE TRIGGER stator_wake_inserted AFTER INSERT ON "{name}"
                    REFERENCING NEW TABLE AS inserted
                    FOR EACH STATEMENT EXECUTE FUNCTION stator_wake_inserted()"""
            )
            await sql.run(
                f"""CREATE OR REPLACE TRIGGER stator_wake_updated AFTER UPDATE OF state, state_due_at ON "{name}"
                    FOR EACH ROW WHEN (NEW.state_due_at <= clock_timestamp() AND (OLD.state_due_at IS DISTINCT FROM NEW.state_due_at
                        OR OLD.state IS DISTINCT FROM NEW.state))
                    EXECUTE FUNCTION stator_wake_updated()"""
            )
    return len(missing)
