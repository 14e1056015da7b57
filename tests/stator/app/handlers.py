"""Handlers of the test app. For errands each test sets its own functions `batch` and `each`."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from core.db import sql
from stator import Outcome, to
from tests.stator.app.models import Errand, ErrandGraph, Mark, Parcel, ParcelGraph


@ParcelGraph.new.batch(size=200)
async def weigh(parcels: list[Parcel]) -> Outcome:
    await sql.run(
        "INSERT INTO stator_tests_mark (parcel, kind) SELECT unnest(%s::bigint[]), 'weighed'",
        ([parcel.pk for parcel in parcels],),
    )
    return to(ParcelGraph.weighed)


@ParcelGraph.weighed.each(lease=timedelta(seconds=4), concurrency=50)
async def send(parcel: Parcel) -> Outcome:
    async def mark() -> None:
        await Mark.objects.acreate(parcel=parcel.pk, kind="sent")

    return to(ParcelGraph.sent, effect=mark)


@ParcelGraph.sent.each(lease=timedelta(seconds=4), concurrency=200)
async def follow(parcel: Parcel) -> Outcome:
    return to(ParcelGraph.received)


@ParcelGraph.returned.batch()
async def take_back(parcels: list[Parcel]) -> Outcome:
    return to(ParcelGraph.gone)


class Behaviour:
    """What errands do, set by each test."""

    batch: Callable[[list[Errand]], Awaitable[object]]
    each: Callable[[Errand], Awaitable[object]]

    def reset(self) -> None:
        async def all_done(errands: list[Errand]) -> Outcome:
            return to(ErrandGraph.done)

        async def done(errand: Errand) -> Outcome:
            return to(ErrandGraph.done)

        self.batch, self.each = all_done, done


behaviour = Behaviour()
behaviour.reset()


@ErrandGraph.listed.batch(size=50, timeout=timedelta(seconds=1))
async def do_listed(errands: list[Errand]) -> object:
    return await behaviour.batch(errands)


@ErrandGraph.called.each(lease=timedelta(seconds=1), concurrency=10, fair_by="host", fair_share=4)
async def do_called(errand: Errand) -> object:
    return await behaviour.each(errand)


@ErrandGraph.tried.each(lease=timedelta(seconds=2))
async def do_tried(errand: Errand) -> object:
    return await behaviour.each(errand)
