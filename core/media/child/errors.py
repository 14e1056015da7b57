"""The two errors of a job in the child process: a bad file, or a failure on our side."""


class Refusal(Exception):
    """The file can't be used; `code` is the reason (`file.…` in core/error_messages.py)."""

    def __init__(self, code: str = "invalid", *, detail: str = "", **facts: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.facts = facts


class JobError(Exception):
    """The job failed for a reason other than the file: a full disk, a program that does not start."""
