"""Yearly reports (docs.joinmastodon.org/methods/annual_reports). Optional in Mastodon and not generated here; `wrapstodon` of the
instance is null.
"""

import re
from typing import Literal

import msgspec

from api.entities.account import Account
from api.entities.empty import Empty
from api.entities.status import Status
from api.routing import Call, endpoint
from core.errors import NotFound


class AnnualReport(msgspec.Struct):
    """A yearly report; there are none."""


class WrappedAnnualReports(msgspec.Struct):
    annual_reports: list[AnnualReport]
    accounts: list[Account]
    statuses: list[Status]


class AnnualReportState(msgspec.Struct):
    state: Literal["available", "generating", "eligible", "ineligible"]


@endpoint("GET", "/api/v1/annual_reports", scope="read:accounts", auth="user")
async def index(call: Call) -> WrappedAnnualReports:
    return WrappedAnnualReports([], [], [])


@endpoint("GET", "/api/v1/annual_reports/<year>/state", scope="read:accounts", auth="user")
async def state(call: Call, year: str) -> AnnualReportState:
    """Return that the caller is not eligible for a report of any year."""
    _check_year(year)
    return AnnualReportState("ineligible")


@endpoint("GET", "/api/v1/annual_reports/<year>", scope="read:accounts", auth="user")
async def show(call: Call, year: str) -> WrappedAnnualReports:
    raise NotFound


@endpoint("POST", "/api/v1/annual_reports/<year>/generate", scope="write:accounts", auth="user")
async def generate(call: Call, year: str) -> Empty:
    """Generate nothing, as Mastodon does for an ineligible user."""
    _check_year(year)
    return Empty()


@endpoint("POST", "/api/v1/annual_reports/<year>/read", scope="write:accounts", auth="user")
async def read(call: Call, year: str) -> Empty:
    raise NotFound


def _check_year(year: str) -> None:
    if not re.fullmatch(r"[12][0-9]{3}", year):
        raise NotFound
