"""All models of the app, for Django only: other code imports them from their packages."""

from users.access_rules.models import CanonicalEmailBlock, EmailDomainBlock, IpBlock, Severity
from users.audit.models import Act, AuditEntry
from users.blocklists.models import (
    Blocklist,
    BlocklistRow,
    ListedServer,
    SubscribedServer,
    Subscription,
    SubscriptionGraph,
)
from users.circles.models import Circle, CircleMember, LeftCircle
from users.collections.models import Collection, CollectionItem, ItemCheck, ItemCheckGraph, ItemState
from users.domains.models import (
    Domain,
    DomainStyle,
    DomainText,
    DomainTextKind,
    Level,
    Option,
    Rule,
    SignUpMode,
)
from users.emojis.models import Emoji, EmojiPack, EmojiPackGraph, EmojiRemoval, EmojiRemovalGraph, PackedEmoji
from users.factors.models import Passkey, RecoveryCode, Totp
from users.identities.models import (
    ActorKey,
    ActorType,
    Backfill,
    Identity,
    IdentityGraph,
    KeyUse,
    Restriction,
    SearchName,
)
from users.imports.models import FollowImport, FollowImportGraph
from users.logins.models import (
    DomainAccess,
    IdentityAccess,
    KnownNetwork,
    Mail,
    MailGraph,
    Session,
    SignUp,
    User,
)
from users.moderation.models import AccountWarning, Appeal, Report, ReportCategory, StaffNote, WarningAction
from users.moves.models import Move, MoveFollower
from users.relations.models import (
    AccountNote,
    Block,
    DismissedSuggestion,
    Endorsement,
    Follow,
    HostBlock,
    Mute,
    RevokedActivity,
)
from users.roles.models import Role, RoleGrant
from users.severances.models import (
    Severance,
    SeveranceEvent,
    SeveranceGraph,
    SeveranceKind,
    SeveredFollow,
)
from users.sharing.models import SharingInvitation
from users.sign_in_providers.models import ExternalLogin, SignInProvider
from users.statistics.models import DomainStats
from users.troubles.models import Trouble
from users.verified_links.models import ProfileLink, ProfileLinkGraph

__all__ = [
    "AccountNote",
    "AccountWarning",
    "Act",
    "ActorKey",
    "ActorType",
    "Appeal",
    "AuditEntry",
    "Backfill",
    "Block",
    "Blocklist",
    "BlocklistRow",
    "CanonicalEmailBlock",
    "Circle",
    "CircleMember",
    "Collection",
    "CollectionItem",
    "DismissedSuggestion",
    "Domain",
    "DomainAccess",
    "DomainStats",
    "DomainStyle",
    "DomainText",
    "DomainTextKind",
    "EmailDomainBlock",
    "Emoji",
    "EmojiPack",
    "EmojiPackGraph",
    "EmojiRemoval",
    "EmojiRemovalGraph",
    "Endorsement",
    "ExternalLogin",
    "Follow",
    "FollowImport",
    "FollowImportGraph",
    "HostBlock",
    "Identity",
    "IdentityAccess",
    "IdentityGraph",
    "IpBlock",
    "ItemCheck",
    "ItemCheckGraph",
    "ItemState",
    "KeyUse",
    "KnownNetwork",
    "LeftCircle",
    "Level",
    "ListedServer",
    "Mail",
    "MailGraph",
    "Move",
    "MoveFollower",
    "Mute",
    "Option",
    "PackedEmoji",
    "Passkey",
    "ProfileLink",
    "ProfileLinkGraph",
    "RecoveryCode",
    "Report",
    "ReportCategory",
    "Restriction",
    "RevokedActivity",
    "Role",
    "RoleGrant",
    "Rule",
    "SearchName",
    "Session",
    "Severance",
    "SeveranceEvent",
    "SeveranceGraph",
    "SeveranceKind",
    "SeveredFollow",
    "Severity",
    "SharingInvitation",
    "SignInProvider",
    "SignUp",
    "SignUpMode",
    "StaffNote",
    "SubscribedServer",
    "Subscription",
    "SubscriptionGraph",
    "Totp",
    "Trouble",
    "User",
    "WarningAction",
]
