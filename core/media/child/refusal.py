"""The child's two ways to say no."""

from core.media.sentences import INVALID


class Refusal(Exception):
    """The file is to blame: a sentence for the person."""

    def __init__(self, sentence: str = INVALID, detail: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.detail = detail


class Trouble(Exception):
    """We are to blame: the disk is full, a program does not start."""
