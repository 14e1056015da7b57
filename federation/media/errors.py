"""Reasons why a remote file can't be served: short texts that are stored, counted and shown."""


class FileUnavailable(Exception):
    """A file that can't be served. `reason` is stored. `is_gone`: an early retry is pointless. `is_ours`: the failure is local, not the
    other server's.
    """

    def __init__(
        self,
        reason: str,
        *,
        status: int = 502,
        is_gone: bool = False,
        is_ours: bool = False,
        wait_s: float = 0.0,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.is_gone = is_gone
        self.is_ours = is_ours
        self.wait_s = wait_s


GONE = "the other server has it no more"
BUSY = "too many files are being fetched"


def media_refused() -> FileUnavailable:
    return FileUnavailable("media of that server is not shown here", status=404, is_gone=True)


def over_budget() -> FileUnavailable:
    return FileUnavailable("the copies are over their budget", status=503, is_ours=True, wait_s=30)


def stored_failure(reason: str, wait_s: float) -> FileUnavailable:
    """Return the failure as it was stored."""
    return FileUnavailable(reason, status=404 if reason == GONE else 502, wait_s=wait_s)
