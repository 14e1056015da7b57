"""Reads of the rules: those that apply to a sign-up, the networks that are refused everything, and the lists for staff."""

from users.access_rules.queries.lists import blocks_of_hash, find_rule, rules
from users.access_rules.queries.no_access import CHANNEL, is_refused, keep_fresh, load_refused, may_be_refused
from users.access_rules.queries.sign_ups import Verdict, verdict_on

__all__ = [
    "CHANNEL",
    "Verdict",
    "blocks_of_hash",
    "find_rule",
    "is_refused",
    "keep_fresh",
    "load_refused",
    "may_be_refused",
    "rules",
    "verdict_on",
]
