"""Measures for staff, each read from a bounded number of rows: days of domains, groups of logins, and the newest of what is too much to count."""

from activities.measures.queries.dimensions import Entry, dimension, software
from activities.measures.queries.hosts import host_days
from activities.measures.queries.measures import Measure, days_between, domain_measures
from activities.measures.queries.retention import Cohort, retention
from activities.measures.queries.tags import tag_days

__all__ = [
    "Cohort",
    "Entry",
    "Measure",
    "days_between",
    "dimension",
    "domain_measures",
    "host_days",
    "retention",
    "software",
    "tag_days",
]
