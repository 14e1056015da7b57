"""Compiles every test once, while the template database is made, and not in each process of the run at the same time."""

import compileall
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from _pytest.assertion import rewrite

TESTS = Path(__file__).resolve().parent


@contextmanager
def compiled_tests() -> Iterator[None]:
    """Let a child compile them meanwhile. What it can't compile is compiled, and complained about, where it is collected."""
    child = os.fork()
    if child:
        try:
            yield
        except BaseException:
            os.kill(child, signal.SIGKILL)
            raise
        finally:
            os.waitpid(child, 0)
        return
    try:
        compile_tests()
    finally:
        os._exit(0)


def compile_tests() -> None:
    """Write what Python keeps of each module, and what pytest keeps of each file with tests."""
    hook = next(finder for finder in sys.meta_path if isinstance(finder, rewrite.AssertionRewritingHook))
    state = hook.config.stash[rewrite.assertstate_key]
    for path in sorted(TESTS.glob("**/*.py")):
        if not (path.name.startswith("test_") or path.name == "conftest.py"):
            compileall.compile_file(path, quiet=2)
            continue
        folder = rewrite.get_cache_dir(path)
        kept = folder / (path.stem + rewrite.PYC_TAIL)
        if rewrite.try_makedirs(folder) and rewrite._read_pyc(path, kept) is None:
            source, code = rewrite._rewrite_test(path, hook.config)
            rewrite._write_pyc(state, code, source, kept)
