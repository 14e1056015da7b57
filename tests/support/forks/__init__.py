"""`takahe` commands, and servers, for tests that start many: each process is forked from one that has loaded the whole program.

Loading takes nine tenths of a command's time. What a process does, prints and returns is as in one that was started for it; tests of
the start itself, of memory and of threads start real ones.
"""

from tests.support.forks.client import Forked, Result, Run, fork, loaded_takahe, run_module

__all__ = ["Forked", "Result", "Run", "fork", "loaded_takahe", "run_module"]
