"""Compilation of every test once, while the template database is made, instead of in each process of the run."""

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
    """Compile them in a child process during the block. Files that fail are compiled again, and reported, when they are collected."""
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
    """Write Python's bytecode file of each module, and pytest's of each test file."""
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
