"""The two errors of a job in the child process: the file is to blame, or we are."""


class Refusal(Exception):
    """The file is to blame, for the reason that `code` names (`file.…` in core/words.py)."""

    def __init__(self, code: str = "invalid", *, detail: str = "", **facts: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.facts = facts


class JobError(Exception):
    """We are to blame: the disk is full, a program does not start."""
