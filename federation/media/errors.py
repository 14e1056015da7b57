"""Reasons why a remote file can't be shown: short words that are stored, counted and told."""


class NoFile(Exception):
    """`reason` is stored. `is_gone`: asking again soon is no use. `is_ours`: nothing is held against the other server."""

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


def refused() -> NoFile:
    return NoFile("media of that server is not shown here", status=404, is_gone=True)


def over_budget() -> NoFile:
    return NoFile("the copies are over their budget", status=503, is_ours=True, wait_s=30)


def again(reason: str, wait_s: float) -> NoFile:
    """Return the same failure as it was stored."""
    return NoFile(reason, status=404 if reason == GONE else 502, wait_s=wait_s)
