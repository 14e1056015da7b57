"""Metrics as Prometheus text (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from collections.abc import Iterable, Mapping

import msgspec

_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """A figure of a family. `part` is what a histogram appends to the name: _bucket, _sum or _count."""

    value: float
    labels: dict[str, str] = {}
    part: str = ""


class Family(msgspec.Struct, frozen=True, array_like=True):
    """All figures of one name. `kind`: counter, gauge or histogram."""

    name: str
    kind: str
    meaning: str
    samples: list[Sample]

    def labelled(self, **labels: str) -> "Family":
        """Return the family with these labels first in each of its figures."""
        samples = [Sample(one.value, {**labels, **one.labels}, one.part) for one in self.samples]
        return Family(self.name, self.kind, self.meaning, samples)


def gauge(name: str, meaning: str, value: float) -> Family:
    return Family(name, "gauge", meaning, [Sample(value)])


def exposition(families: Iterable[Family]) -> str:
    """Return the families as text. Those of the same name, as of several processes, become one."""
    merged: dict[str, list[Family]] = {}
    for family in families:
        merged.setdefault(family.name, []).append(family)
    lines: list[str] = []
    for name, parts in merged.items():
        lines += [f"# HELP {name} {parts[0].meaning}", f"# TYPE {name} {parts[0].kind}"]
        lines += [
            f"{name}{one.part}{_labels(one.labels)} {_figure(one.value)}"
            for part in parts
            for one in part.samples
        ]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{value.translate(_ESCAPED)}"' for name, value in labels.items()) + "}"


def _figure(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.6g}"
