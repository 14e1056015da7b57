"""Domains, logins, identities and the relations between them."""

from users.domains.models import Domain, DomainText, DomainTextKind, Level, Option, SignUpMode
from users.identities.models import ActorType, Backfill, Identity, IdentityGraph, Restriction, SearchName
from users.logins.models import IdentityAccess, KnownNetwork, Mail, MailGraph, Role, Session, SignUp, User
from users.models.domain_figures import DomainFigures
from users.moderation.models import Report, ReportCategory
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
