"""The error for a signature that is not accepted."""

from core.errors import Unauthenticated


class SignatureError(Unauthenticated):
    """`reason` is a short name for logs and stored records; the sentence tells the peer's operator what to mend."""

    def __init__(self, reason: str, sentence: str, *, detail: str = "") -> None:
        super().__init__(sentence, detail=detail)
        self.reason = reason


def malformed(sentence: str, *, detail: str = "") -> SignatureError:
    return SignatureError("malformed", sentence, detail=detail)
