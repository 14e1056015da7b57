"""Measures for staff: docs.joinmastodon.org/entities/Admin_Measure, Admin_Dimension and Admin_Cohort. Numbers are texts."""

import datetime as dt
from typing import Literal

import msgspec
from django.template.defaultfilters import filesizeformat
from msgspec import UNSET, UnsetType

from activities.measures.queries import Cohort, Entry, Measure
from api.entities.times import timestamp


class MeasureDay(msgspec.Struct):
    date: str
    value: str


class AdminMeasure(msgspec.Struct, kw_only=True):
    key: str
    unit: str | None
    total: str
    data: list[MeasureDay]
    human_value: str | UnsetType = UNSET
    previous_total: str | UnsetType = UNSET


class AdminDimensionData(msgspec.Struct, kw_only=True):
    key: str
    human_key: str
    value: str
    unit: str | UnsetType = UNSET
    human_value: str | UnsetType = UNSET


class AdminDimension(msgspec.Struct):
    key: str
    data: list[AdminDimensionData]


class CohortData(msgspec.Struct):
    date: str
    rate: float
    value: str


class AdminCohort(msgspec.Struct):
    period: str
    frequency: Literal["day", "month"]
    data: list[CohortData]


def _midnight(day: dt.date) -> str:
    return timestamp(dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC))


def admin_measure(key: str, measure: Measure) -> AdminMeasure:
    """Render a measure; media is measured in bytes."""
    is_size = key == "instance_media_attachments"
    shown = AdminMeasure(
        key=key,
        unit="bytes" if is_size else None,
        total=str(measure.total),
        data=[MeasureDay(_midnight(day), str(value)) for day, value in sorted(measure.by_day.items())],
    )
    if is_size:
        shown.human_value = filesizeformat(measure.total)
    if measure.before is not None:
        shown.previous_total = str(measure.before)
    return shown


def admin_dimension(key: str, entries: list[Entry]) -> AdminDimension:
    return AdminDimension(
        key,
        [
            AdminDimensionData(key=one.key, human_key=one.name or one.key, value=str(one.value))
            for one in entries
        ],
    )


def space_dimension(key: str, sizes: dict[str, int]) -> AdminDimension:
    return AdminDimension(
        key,
        [
            AdminDimensionData(
                key=name,
                human_key=name.capitalize(),
                value=str(size),
                unit="bytes",
                human_value=filesizeformat(size),
            )
            for name, size in sizes.items()
        ],
    )


def version_dimension(key: str, versions: dict[str, str]) -> AdminDimension:
    return AdminDimension(
        key,
        [
            AdminDimensionData(key=name, human_key=name.capitalize(), value=version, human_value=version)
            for name, version in versions.items()
        ],
    )


def admin_cohort(cohort: Cohort, frequency: Literal["day", "month"]) -> AdminCohort:
    return AdminCohort(
        _midnight(cohort.period),
        frequency,
        [
            CohortData(_midnight(day), round(people / cohort.size, 4) if cohort.size else 0.0, str(people))
            for day, people in cohort.stayed
        ],
    )
