"""Figures for staff, each read from a bounded number of rows: days of domains, groups of logins, and the newest of what is too much to count."""

from activities.measures.queries.dimensions import Entry, dimension, software
from activities.measures.queries.hosts import host_days
from activities.measures.queries.measures import Figure, days_between, domain_figures
from activities.measures.queries.retention import Cohort, retention
from activities.measures.queries.tags import tag_days

__all__ = [
    "Cohort",
    "Entry",
    "Figure",
    "days_between",
    "dimension",
    "domain_figures",
    "host_days",
    "retention",
    "software",
    "tag_days",
]
