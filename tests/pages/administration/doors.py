"""The table of the administration: which permission opens each address and endpoint, and where."""

from typing import Any, NamedTuple

from users.roles.models import BuiltIn, Permission

STAFF = None  # any role at all
NO_ROWS = " blocklist subscription relay relays-remove emoji-pack emoji-packs-remove shelter-rule shelter-remove shelter-try "  # here
OF_SERVERS = "peers peers-allowed peers-blocked blocklists blocklist subscriptions subscription shelter shelter-new shelter-rule"
SETTINGS = ("admin-options", "admin-doctor", "admin-relays", "admin-relay", "admin-domains-new")
PEERS = [f"admin-{one}" for one in OF_SERVERS.split()]


class Door(NamedTuple):
    """The right to open an address. `where`: "any" (the page shows what is in the reader's scope), "here" (what it names is of this domain), or "server"."""

    needs: Permission | None
    where: str
    posts: dict[str, Any] | None = None  # the form, for an address that takes POST only


P = Permission
DOORS = {
    "admin": Door(STAFF, "any"),
    "admin-sections": Door(STAFF, "any"),
    "admin-reports": Door(P.manage_reports, "any"),
    "admin-report": Door(P.manage_reports, "here"),
    "admin-reports-resolve": Door(P.manage_reports, "here", {"resolved": "yes"}),
    "admin-reports-assign": Door(P.manage_reports, "here", {"to": ""}),
    "admin-reports-forward": Door(P.manage_reports, "here", {}),
    "admin-reports-note": Door(P.manage_reports, "here", {"text": "Known here"}),
    "admin-people-note": Door(P.manage_users, "here", {"text": "Known here"}),
    "admin-notes-remove": Door(P.manage_users, "here", {}),
    "admin-audit": Door(P.view_audit_log, "any"),
    "admin-audit-export": Door(P.view_audit_log, "any"),
    "admin-people": Door(P.manage_users, "any"),
    "admin-people-ticked": Door(P.manage_users, "any", {"restriction": "limited"}),
    "admin-sign-ups-ticked": Door(P.manage_users, "any", {"action": "approve"}),
    "admin-peers-ticked": Door(P.manage_federation, "server", {"action": "block"}),
    **dict.fromkeys(("admin-hashtags", "admin-trends"), Door(P.manage_taxonomies, "here")),
    "admin-hashtags-decide": Door(P.manage_taxonomies, "here", {"action": "forbid"}),
    "admin-trends-decide": Door(P.manage_taxonomies, "here", {"kind": "tags", "action": "approve"}),
    "admin-person": Door(P.manage_users, "here"),
    "admin-people-restrict": Door(P.manage_users, "here", {"restriction": "limited"}),
    "admin-presets": Door(P.manage_users, "any"),
    "admin-presets-remove": Door(P.manage_users, "here", {}),
    "admin-people-cover": Door(P.manage_users, "here", {"covered": "yes"}),
    "admin-people-warn": Door(P.manage_users, "here", {"message": "Be kind"}),
    "admin-post": Door(P.manage_reports, "here"),
    "admin-appeals": Door(P.manage_appeals, "any"),
    "admin-appeals-decide": Door(P.manage_appeals, "here", {"decision": "approve"}),
    "admin-logins-disable": Door(P.manage_users, "here", {"disabled": "yes"}),
    "admin-logins-address": Door(P.manage_user_access, "here", {}),
    "admin-logins-reset-factor": Door(P.manage_user_access, "here", {}),
    "admin-logins-restrict": Door(P.manage_users, "here", {"restricted": "yes"}),
    "admin-logins-role": Door(P.manage_roles, "server", {"role": ""}),
    "admin-providers": Door(P.manage_user_access, "any"),
    "admin-providers-new": Door(P.manage_user_access, "here"),
    "admin-provider": Door(P.manage_user_access, "here"),
    "admin-providers-switch": Door(P.manage_user_access, "here", {"enabled": "no"}),
    "admin-providers-remove": Door(P.manage_user_access, "here", {}),
    "admin-roles": Door(P.manage_roles, "any"),
    "admin-role": Door(P.manage_roles, "here"),
    "admin-roles-factor": Door(P.manage_roles, "here", {}),
    "admin-roles-give": Door(P.manage_roles, "here", {"who": "@mia@testserver", "domain": ""}),
    "admin-roles-delete": Door(P.manage_roles, "here", {}),
    "admin-grants-take": Door(P.manage_roles, "here", {}),
    "admin-sign-ups": Door(P.manage_users, "any"),
    **dict.fromkeys(("admin-sign-ups-approve", "admin-sign-ups-refuse"), Door(P.manage_users, "here", {})),
    **dict.fromkeys(("admin-sign-ups-confirm", "admin-sign-ups-resend"), Door(P.manage_users, "here", {})),
    # it takes the right to moderate them, too, which no role of one permission has
    "admin-people-erase": Door(P.administrator, "here", {"sure": "yes"}),
    "admin-invitations": Door(P.manage_invites | P.invite_users, "any"),
    "admin-invitations-revoke": Door(P.manage_invites, "here", {}),
    "admin-access": Door(P.manage_blocks, "any"),
    "admin-access-change": Door(P.manage_blocks, "here"),
    "admin-logins-block-email": Door(P.manage_blocks, "here", {}),
    "admin-access-remove": Door(P.manage_blocks, "here", {}),
    "admin-access-domains": Door(P.manage_blocks, "any"),
    "admin-access-domains-remove": Door(P.manage_blocks, "here", {}),
    "admin-access-emails": Door(P.manage_blocks, "any"),
    "admin-access-emails-remove": Door(P.manage_blocks, "here", {}),
    **dict.fromkeys(("admin-policies", "admin-policy"), Door(P.manage_federation, "here")),
    "admin-policies-remove": Door(P.manage_federation, "here", {}),
    "admin-rules": Door(P.manage_rules, "here"),
    "admin-rule": Door(P.manage_rules, "here"),
    "admin-rules-move": Door(P.manage_rules, "here", {"way": "down"}),
    "admin-rules-remove": Door(P.manage_rules, "here", {}),
    "admin-domains": Door(P.manage_settings, "any"),
    "admin-domain": Door(P.manage_settings, "here"),
    "admin-domain-pictures": Door(P.manage_settings, "here", {}),
    "admin-domains-pause": Door(P.manage_settings, "here", {}),
    "admin-domains-remove": Door(P.manage_settings, "server", {}),
    "admin-domains-style": Door(P.manage_settings, "here"),
    "admin-domains-texts": Door(P.manage_settings, "here"),
    "admin-federation-mode": Door(P.manage_settings, "server", {"mode": "open"}),
    "admin-shelter-remove": Door(P.manage_federation, "server", {}),
    "admin-shelter-try": Door(P.manage_federation, "server", {}),
    "admin-shelter-held": Door(P.manage_reports, "server"),
    "admin-shelter-decide": Door(P.manage_reports, "server", {"action": "release"}),
    "admin-relays-remove": Door(P.manage_settings, "server", {}),
    **dict.fromkeys(SETTINGS, Door(P.manage_settings, "server")),
    **dict.fromkeys(("admin-queues", "admin-queue", "admin-media"), Door(P.view_devops, "server")),
    **dict.fromkeys(PEERS, Door(P.manage_federation, "server")),
    "admin-queues-retry": Door(P.view_devops, "server", {}),
    "admin-emojis": Door(P.manage_custom_emojis, "any"),
    "admin-emojis-change": Door(P.manage_custom_emojis, "any", {"action": "enable"}),
    "admin-emojis-export": Door(P.manage_custom_emojis, "any"),
    "admin-emoji": Door(P.manage_custom_emojis, "here"),
    "admin-emojis-packs": Door(P.manage_custom_emojis, "any", {}),
    "admin-emoji-pack": Door(P.manage_custom_emojis, "any"),
    "admin-emoji-packs-remove": Door(P.manage_custom_emojis, "any", {}),
    "admin-emojis-servers": Door(P.manage_custom_emojis, "server"),
    "admin-emojis-copy": Door(P.manage_custom_emojis, "server", {}),
    "admin-announcements": Door(P.manage_announcements, "any"),
    "admin-announcements-remove": Door(P.manage_announcements, "here", {}),
}
# what staff ask in the API; each shows what is in the caller's scope
ENDPOINTS = {
    "GET /api/v1/admin/audit_log": Door(P.view_audit_log, "any"),
    "GET /api/v1/admin/accounts": Door(P.manage_users, "any"),
    "GET /api/v2/admin/accounts": Door(P.manage_users, "any"),
    "GET /api/v1/admin/accounts/<id>": Door(P.manage_users, "here"),
    "POST /api/v1/admin/accounts/<id>/action": Door(
        P.manage_users, "here", {"type": "none", "text": "Be kind"}
    ),
    "POST /api/v1/admin/accounts/<id>/approve": Door(P.manage_users, "here", {}),
    "POST /api/v1/admin/accounts/<id>/reject": Door(P.manage_users, "here", {}),
    "POST /api/v1/admin/accounts/<id>/enable": Door(P.manage_users, "here", {}),
    "POST /api/v1/admin/accounts/<id>/unsensitive": Door(P.manage_users, "here", {}),
    "POST /api/v1/admin/accounts/<id>/unsilence": Door(P.manage_users, "here", {}),
    "POST /api/v1/admin/accounts/<id>/unsuspend": Door(P.manage_users, "here", {}),
    **{
        f"{method} /api/v1/admin/{noun}{one}": Door(
            P.manage_blocks, "here" if one or method == "POST" else "any", form
        )
        for noun, form in (
            ("email_domain_blocks", {"domain": "new.example"}),
            ("ip_blocks", {"ip": "192.0.2.0/24", "severity": "sign_up_block"}),
            ("canonical_email_blocks", {"email": "new@mail.example"}),
        )
        for method, one in (("GET", ""), ("POST", ""), ("GET", "/<id>"), ("DELETE", "/<id>"))
    },
    "PUT /api/v1/admin/ip_blocks/<id>": Door(P.manage_blocks, "here", {"comment": "Bots"}),
    "POST /api/v1/admin/canonical_email_blocks/test": Door(P.manage_blocks, "any", {"email": "a@b.example"}),
    "GET /api/v1/admin/reports": Door(P.manage_reports, "any"),
    "GET /api/v1/admin/reports/<id>": Door(P.manage_reports, "here"),
    "PUT /api/v1/admin/reports/<id>": Door(P.manage_reports, "here", {"category": "legal"}),
    "POST /api/v1/admin/reports/<id>/assign_to_self": Door(P.manage_reports, "here", {}),
    "POST /api/v1/admin/reports/<id>/unassign": Door(P.manage_reports, "here", {}),
    "POST /api/v1/admin/reports/<id>/resolve": Door(P.manage_reports, "here", {}),
    "POST /api/v1/admin/reports/<id>/reopen": Door(P.manage_reports, "here", {}),
    "GET /api/v1/admin/domain_blocks": Door(P.manage_federation, "server"),
    "POST /api/v1/admin/domain_blocks": Door(P.manage_federation, "server", {"domain": "worse.example"}),
    "GET /api/v1/admin/domain_blocks/<id>": Door(P.manage_federation, "server"),
    "PUT /api/v1/admin/domain_blocks/<id>": Door(P.manage_federation, "server", {"severity": "silence"}),
    "DELETE /api/v1/admin/domain_blocks/<id>": Door(P.manage_federation, "server", {}),
    "GET /api/v1/admin/domain_allows": Door(P.manage_federation, "server"),
    "POST /api/v1/admin/domain_allows": Door(P.manage_federation, "server", {"domain": "better.example"}),
    "GET /api/v1/admin/domain_allows/<id>": Door(P.manage_federation, "server"),
    "DELETE /api/v1/admin/domain_allows/<id>": Door(P.manage_federation, "server", {}),
    **{
        f"{method} /api/v1/admin/trends/{noun}": Door(P.manage_taxonomies, "here", form)
        for kind in ("tags", "links", "links/publishers", "statuses")
        for method, noun, form in (
            ("GET", kind, None),
            ("POST", f"{kind}/<id>/approve", {}),
            ("POST", f"{kind}/<id>/reject", {}),
        )
    },
    "GET /api/v1/admin/tags": Door(P.manage_taxonomies, "here"),
    "GET /api/v1/admin/tags/<id>": Door(P.manage_taxonomies, "here"),
    "PUT /api/v1/admin/tags/<id>": Door(P.manage_taxonomies, "here", {"usable": False}),
    "POST /api/v1/admin/measures": Door(P.view_dashboard, "any", {"keys": ["new_users"]}),
    "POST /api/v1/admin/dimensions": Door(P.view_dashboard, "any", {"keys": ["languages"]}),
    "POST /api/v1/admin/retention": Door(
        P.view_dashboard, "any", {"start_at": "2026-01-01", "end_at": "2026-01-02"}
    ),
    # it takes the right to moderate them, too, which no role of one permission has
    "DELETE /api/v1/admin/accounts/<id>": Door(P.administrator, "here", {}),
}
# what no page asks for yet, beside those of Mastodon's names
WITHOUT_PAGES = {
    P.delete_user_data,
    P.view_dashboard,  # the figures of the overview
}


def opens(door: Door, row: Permission | BuiltIn, place: str) -> bool:
    """The rule of the whole table."""
    permission = row if isinstance(row, Permission) else row.permissions
    if door.needs is STAFF:
        return True
    erases = P.delete_user_data | P.manage_users
    is_right = permission & erases == erases if door.needs == P.administrator else permission & door.needs
    if not is_right and not permission & P.administrator:
        return False
    return place == "server" or door.where == "any" or (door.where == "here" and place == "here")
