"""Commands and servers for tests that start many: each process is forked from one that has loaded the whole program.

Loading takes nine tenths of a command's time. A fork behaves, prints and returns exactly like a process of its own. Tests of start-up,
memory and threads start real processes.
"""

from tests.support.forks.client import Forked, Result, Run, fork, loaded_takahe, run_module

__all__ = ["Forked", "Result", "Run", "fork", "loaded_takahe", "run_module"]
