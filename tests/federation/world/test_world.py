"""A hundred hosts of ten kinds, half of them slow, dead or lying, exchange activities with us. Then our state must equal the model's.

`make world` exchanges 5,000 (`WORLD_SIZE=1`); otherwise it is a fifth of that. `WORLD_SEED=7` repeats a world, whose seed every run prints;
`WORLD_SEED=1-60` tries many.
"""

import os
import random
import time

import pytest

from tests.federation.world.comparing import compare
from tests.federation.world.hosts import Network
from tests.federation.world.world import SIZE, World
from tests.support.peers import outbound

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

EXCHANGED = 5000 * SIZE


def _seeds() -> list[int | None]:
    """Return the seeds of `WORLD_SEED`, or a None for any."""
    first, _, last = os.environ.get("WORLD_SEED", "").partition("-")
    return list(range(int(first), int(last or first) + 1)) if first else [None]


@pytest.mark.parametrize("seed", _seeds())
async def test_our_state_equals_the_model_of_a_hundred_hosts(local: object, seed: int | None) -> None:
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    print(f"To repeat this world: WORLD_SEED={seed} WORLD_SIZE={SIZE}")
    began = time.process_time()
    rng = random.Random(seed)
    async with Network(rng) as network, outbound(resolve=network.resolve):
        world = World(rng, network)
        await world.prepare()
        network.is_slow = True
        await world.run()
        delivered = await compare(world)
    spent = time.process_time() - began
    print(f"{world.received} received, {delivered} delivered, {spent:.1f} s of CPU, {dict(world.refusals)}")
    assert world.received + delivered >= EXCHANGED
