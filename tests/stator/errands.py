"""Creating and reading rows of the test app."""

from typing import Any

from core.db import sql


async def states_of(model: str = "errand") -> dict[int, str]:
    return dict(await sql.rows(f"SELECT id, state FROM stator_tests_{model} ORDER BY id"))


async def make(number: int, **fields: Any) -> list[Any]:
    from tests.stator.app.models import Errand

    return [await Errand.objects.acreate(**fields) for _ in range(number)]


async def due_in_s(pk: int) -> float:
    return await sql.value(
        "SELECT extract(epoch FROM state_due_at - now())::float8 FROM stator_tests_errand WHERE id = %s",
        (pk,),
    )


async def all_are_in(model: str, state: str) -> bool:
    return set((await states_of(model)).values()) == {state}


async def stands_in(pk: int, state: str) -> bool:
    return (await states_of())[pk] == state
