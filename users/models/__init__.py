"""Domains, logins, identities and the relations between them."""

from users.domains.models import Domain, DomainText, DomainTextKind, Level, Option, SignUpMode
from users.identities.models import ActorType, Backfill, Identity, IdentityGraph, Restriction, SearchName
from users.models.domain_figures import DomainFigures
from users.models.identity_access import IdentityAccess
from users.models.known_network import KnownNetwork
from users.models.mail import Mail, MailGraph
from users.models.report import Report, ReportCategory
from users.models.session import Session
from users.models.sign_up import SignUp
from users.models.user import Role, User
from users.relations.models import (
    AccountNote,
    Block,
    DismissedSuggestion,
    Endorsement,
    Follow,
    HostBlock,
    Mute,
    Undone,
)

__all__ = [
    "AccountNote",
    "ActorType",
    "Backfill",
    "Block",
    "DismissedSuggestion",
    "Domain",
    "DomainFigures",
    "DomainText",
    "DomainTextKind",
    "Endorsement",
    "Follow",
    "HostBlock",
    "Identity",
    "IdentityAccess",
    "IdentityGraph",
    "KnownNetwork",
    "Level",
    "Mail",
    "MailGraph",
    "Mute",
    "Option",
    "Report",
    "ReportCategory",
    "Restriction",
    "Role",
    "SearchName",
    "Session",
    "SignUp",
    "SignUpMode",
    "Undone",
    "User",
]
