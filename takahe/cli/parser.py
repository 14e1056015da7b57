"""The command line for argparse. No command's own module is imported here, so that `--help` is quick."""

import argparse
from typing import Any

from core.config.version import VERSION
from takahe.cli.domains import domains
from takahe.cli.maintenance import maintenance
from takahe.cli.peers import peers
from takahe.cli.subcommands import add_command as _add
from takahe.cli.subcommands import add_group as _group

EPILOG = """\
exit codes: 0 done · 1 failed, the reason is on stderr · 2 wrong usage · 3 a setting can't be used ·
4 the database can't be reached · 130 interrupted (serve, web and worker end with 0: Ctrl+C is how they stop)

Settings come from options or from the environment: docs/run/settings.md lists them all.
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the whole tree; `options.run` is "module:function" inside takahe.commands."""
    parser = argparse.ArgumentParser(
        prog="takahe",
        description="A self-hosted fediverse server for several domains.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"Takahē {VERSION}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _processes(commands)
    maintenance(commands)
    peers(commands)
    _people(commands)
    _stator(commands)
    return parser


def _listening(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port", type=int, help="port to listen on (PORT, default 8000)")
    command.add_argument(
        "--bind", metavar="ADDRESS", help="address to listen on (TAKAHE_BIND, default 127.0.0.1)"
    )
    command.add_argument("--tls-cert", metavar="FILE", help="speak HTTPS with this certificate chain (PEM)")
    command.add_argument("--tls-key", metavar="FILE", help="its private key (PEM)")


def _processes(commands: Any) -> None:
    serve = _add(
        commands, "serve", "serve:serve", "run everything: database (embedded unless configured), web, worker"
    )
    _listening(serve)
    serve.add_argument(
        "--dev",
        action="store_true",
        help="for work on Takahē itself: TAKAHE_DEBUG, sample people and posts, and a restart when its code changes",
    )
    _listening(_add(commands, "web", "web:web", "run the web process only"))
    _add(commands, "worker", "worker:worker", "run the background worker only")


def _people(commands: Any) -> None:
    setup = _add(
        commands, "setup", "setup:setup", "create the first domain, admin login and identity (safe to repeat)"
    )
    setup.add_argument("--domain", required=True, help="the domain, as example.com or localhost:8000")
    setup.add_argument("--email", required=True, help="the admin's e-mail address")
    setup.add_argument("--handle", required=True, help="the name of the first identity, as in handle@domain")
    setup.add_argument("--password", help="the admin's password; by default one is generated and printed")

    _seed(commands)

    domains(commands)

    announcement = _group(commands, "announcement", "announcements to people, shown in pages and apps")
    create = _add(announcement, "create", "announcement:create", "publish an announcement; prints its id")
    create.add_argument("content", help="the text, HTML allowed")
    create.add_argument("--domain", help="for the people of this domain only")
    create.add_argument("--ends-at", metavar="TIME", help="shown until then, as 2026-01-31T18:00 (UTC)")
    _add(announcement, "list", "announcement:show_list", "list the announcements")
    delete = _add(announcement, "delete", "announcement:delete", "delete an announcement")
    delete.add_argument("id", type=int)

    emoji = _group(commands, "emoji", "custom emoji of this server")
    listed = _add(emoji, "list", "emoji:show_list", "list the emoji")
    listed.add_argument("--category", help="of this category only")
    add = _add(emoji, "add", "emoji:add", "add a picture as an emoji; prints its shortcode")
    add.add_argument("file", help="a PNG, GIF, WebP or AVIF picture of at most 256 KB")
    add.add_argument("--shortcode", help="by default the file's name")
    add.add_argument("--hidden", action="store_true", help="not in the picker")
    taken = _add(emoji, "import", "emoji:import_pack", "add the emoji of a pack")
    taken.add_argument(
        "file",
        help="a zip from Akkoma, Pleroma or Misskey, or a zip, tar or tar.gz of files named by shortcodes",
    )
    taken.add_argument("--dry-run", action="store_true", help="only list its contents")
    taken.add_argument(
        "--replace", action="store_true", help="replace the pictures of emoji with the same shortcode"
    )
    for one in (add, taken):
        one.add_argument("--category", help="the heading in pickers")
        one.add_argument("--domain", help="for the people of this domain only")
    given = _add(emoji, "export", "emoji:export", "write the emoji into a pack, a zip")
    given.add_argument("file", help="the zip to write")
    given.add_argument("--category", help="of this category only")

    _invitations(commands)
    _access(commands)

    user = _group(commands, "user", "logins")
    create = _add(user, "create", "user:create", "add a login")
    create.add_argument("--email", required=True)
    create.add_argument("--password", help="by default one is generated and printed")
    create.add_argument(
        "--role",
        default="member",
        choices=["member", "moderator", "admin", "owner"],
        help="on the whole server; `takahe role` gives those of one domain",
    )
    password = _add(user, "password", "user:password", "set a login's password")
    password.add_argument("--email", required=True)
    password.add_argument("--password", help="by default one is generated and printed")
    address = _add(
        user, "address", "user:address", "change a login's e-mail address, and notify both addresses"
    )
    address.add_argument("--email", required=True, help="its current address")
    address.add_argument("--new", required=True, metavar="EMAIL")
    listed = _add(user, "list", "user:show_list", "list logins with their identities, newest first")
    listed.add_argument("--staff", action="store_true", help="only those with a role")
    listed.add_argument("--limit", type=int, default=100, choices=range(1, 1001), metavar="1…1000")
    listed.add_argument("--before", metavar="EMAIL", help="those that are older than this login")
    listed.add_argument("--json", action="store_true", help="as JSON")
    show = _add(user, "show", "user:show", "print a login's state and its identities")
    show.add_argument("--email", required=True)
    disable = _add(user, "disable", "user:disable", "disable a login, and sign it out")
    disable.add_argument("--email", required=True)
    disable.add_argument("--undo", action="store_true", help="enable it again")
    most = _add(user, "identities", "user:identities", "set how many identities a login may create")
    most.add_argument("--email", required=True)
    most.add_argument("--most", type=int, help="by default the number set in the server's options")
    restrict = _add(user, "restrict", "user:restrict", "restrict a login: it can't use any identity")
    restrict.add_argument("--email", required=True)
    restrict.add_argument("--undo", action="store_true", help="lift the restriction")

    factor = _add(
        user,
        "reset-factor",
        "user:reset_factor",
        "remove a lost second factor, so that the password is enough",
    )
    factor.add_argument("--email", required=True)

    delete = _add(user, "delete", "user:delete", "delete a login and its identities permanently")
    delete.add_argument("--email", required=True)
    delete.add_argument("--yes", action="store_true", help="confirm: this can't be undone")

    _roles(commands)
    _providers(commands)
    _audit(commands)

    identity = _group(commands, "identity", "identities")
    create = _add(identity, "create", "identity:create", "add an identity to a login")
    create.add_argument("--user", required=True, metavar="EMAIL", help="the login's e-mail address")
    create.add_argument("--handle", required=True, metavar="NAME@DOMAIN")
    create.add_argument("--name", help="the display name")
    share = _add(identity, "share", "identity:share", "share an identity with another login")
    share.add_argument("--handle", required=True, metavar="NAME@DOMAIN")
    share.add_argument("--email", required=True, help="the e-mail address of the other login")
    share.add_argument(
        "--role",
        choices=("author", "editor", "owner"),
        default="editor",
        help="what it may do (default: editor)",
    )
    share.add_argument("--undo", action="store_true", help="end the access; the same as unshare")
    unshare = _add(identity, "unshare", "identity:unshare", "end the access of a login to an identity")
    unshare.add_argument("--handle", required=True, metavar="NAME@DOMAIN")
    unshare.add_argument("--email", required=True, help="the e-mail address of the login")
    accesses = _add(
        identity, "list", "identity:accesses", "show which logins can act as an identity, with their roles"
    )
    accesses.add_argument("--handle", required=True, metavar="NAME@DOMAIN")
    delete = _add(identity, "delete", "identity:delete", "delete an identity permanently")
    delete.add_argument("--handle", required=True, metavar="NAME@DOMAIN")
    delete.add_argument("--yes", action="store_true", help="confirm: this can't be undone")

    move = _add(identity, "move", "identity:move", "move an identity to another account, with its followers")
    move.add_argument("--handle", required=True, metavar="NAME@DOMAIN")
    move.add_argument(
        "--to",
        metavar="NAME@DOMAIN",
        help="the new account, or its address; it must name the old one as its alias",
    )
    move.add_argument("--yes", action="store_true", help="confirm: followers don't come back")
    move.add_argument("--undo", action="store_true", help="let the identity post and be followed again")

    rotate = _add(identity, "rotate-key", "identity:rotate_key", "give an identity a new key")
    rotate.add_argument("--handle", required=True, metavar="NAME@DOMAIN")
    rotate.add_argument(
        "--drop-old",
        action="store_true",
        help="someone else has the old key: it is revoked at once, and deliveries signed with it may be lost",
    )

    token = _group(commands, "token", "API tokens")
    create = _add(
        token,
        "create",
        "identity:create_token_of",
        "create an API token; prints only the token",
    )
    create.add_argument("--identity", required=True, metavar="NAME@DOMAIN")
    create.add_argument(
        "--scopes", default="read write follow push", help='default: "read write follow push"'
    )
    create.add_argument(
        "--app-name", default="takahe token create", help="the application's name, shown in settings"
    )


def _providers(commands: Any) -> None:
    provider = _group(commands, "provider", "where the people of a domain sign in (OpenID Connect)")
    add = _add(provider, "add", "people.provider:add", "add a provider; prints its id and the redirect URI")
    add.add_argument("issuer", help="its address, such as https://sso.example.com/realms/main")
    add.add_argument("--domain", required=True, help="a domain of this server")
    add.add_argument("--name", required=True, help="on the button")
    add.add_argument("--client-id", required=True, metavar="ID")
    add.add_argument("--client-secret", metavar="SECRET")
    add.add_argument("--scopes", default="openid profile email")
    add.add_argument("--create-logins", action="store_true", help="for people who are new here")
    add.add_argument("--connect-addresses", action="store_true", help="connect logins by verified address")
    add.add_argument("--only", action="store_true", help="turn passwords, passkeys and sign-up off there")
    add.add_argument("--groups-claim", default="groups", metavar="NAME")
    add.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="GROUP=ROLE",
        help="may be repeated; the first match counts",
    )
    listed = _add(provider, "list", "people.provider:show_list", "list providers")
    listed.add_argument("--domain", help="of this domain only")
    listed.add_argument("--json", action="store_true", help="as JSON")
    for name, words in (
        ("enable", "turn a provider on"),
        ("disable", "turn a provider off, so that passwords work again"),
        ("remove", "remove a provider; logins stay"),
    ):
        one = _add(provider, name, f"people.provider:{name}", words)
        one.add_argument("id", type=int, help="as `takahe provider list` shows it")


def _roles(commands: Any) -> None:
    role = _group(commands, "role", "what staff may do, on a domain or on the whole server")
    grant = _add(role, "grant", "people.role:grant", "give a login a role, replacing the one it had there")
    grant.add_argument(
        "--role", required=True, metavar="NAME", help="Owner, Admin, Moderator, or one created by staff"
    )
    revoke = _add(role, "revoke", "people.role:revoke", "remove a role")
    revoke.add_argument("--role", metavar="NAME", help="only if it is this one")
    factor = _add(role, "require-factor", "people.role:require_factor", "require a second factor of a role")
    factor.add_argument("--role", required=True, metavar="NAME", help="the role")
    factor.add_argument("--off", action="store_true", help="require none any more")
    listed = _add(role, "list", "people.role:show_list", "list the roles, and who has them")
    for one in (grant, revoke):
        one.add_argument("--user", required=True, metavar="EMAIL", help="the login's e-mail address")
    listed.add_argument("--user", metavar="EMAIL", help="of this login only")
    listed.add_argument("--json", action="store_true", help="as JSON")
    for one in (grant, revoke, factor, listed):
        one.add_argument("--domain", metavar="DOMAIN", help="on this domain; by default on the whole server")


def _audit(commands: Any) -> None:
    audit = _group(commands, "audit", "the log of what staff did")
    export = _add(audit, "export", "people.audit:export", "print it as JSON lines, newest first")
    export.add_argument("--domain", metavar="DOMAIN", help="what staff of this domain can read")
    export.add_argument("--person", metavar="HANDLE", help="by a person, or about them")
    export.add_argument("--refused", action="store_true", help="only attempts that were refused")


def _invitations(commands: Any) -> None:
    invite = _group(commands, "invite", "invitations to domains where sign-up needs one")
    create = _add(invite, "create", "people.invite:create", "create an invitation; prints its link")
    create.add_argument("--domain", required=True, help="the domain of the invitation")
    create.add_argument("--days", type=int, help="valid for so long; by default as the domain's options say")
    create.add_argument("--uses", type=int, help="for so many people; by default for any number")
    create.add_argument("--json", action="store_true", help="as JSON")
    listed = _add(invite, "list", "people.invite:show_list", "list the valid invitations, newest first")
    listed.add_argument("--domain", help="to this domain only")
    listed.add_argument("--limit", type=int, default=100, choices=range(1, 1001), metavar="1…1000")
    listed.add_argument("--before", type=int, metavar="ID", help="those that are older than this one")
    listed.add_argument("--json", action="store_true", help="as JSON")
    delete = _add(
        invite, "delete", "people.invite:delete", "revoke an invitation; people who signed up with it stay"
    )
    delete.add_argument("id", type=int)


def _access(commands: Any) -> None:
    access = _group(commands, "access", "rules on who may sign up and connect")
    listed = _add(access, "list", "people.access:show_list", "list the rules, newest first")
    listed.add_argument("--limit", type=int, default=100, choices=range(1, 1001), metavar="1…1000")
    listed.add_argument("--before", type=int, metavar="ID", help="those that are older than this one")
    network = _add(
        access,
        "network",
        "people.access:add_network",
        "add a rule on an IP address or network; prints its id",
    )
    network.add_argument("network", help="such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32")
    network.add_argument(
        "--severity",
        default="no_access",
        choices=("sign_up_requires_approval", "sign_up_block", "no_access"),
        help="what it does (default no_access)",
    )
    network.add_argument("--days", type=int, help="how long it applies; permanent by default")
    network.add_argument("--comment", default="", help="for staff")
    name = _add(access, "email-domain", "people.access:add_email_domain", "add a rule on an e-mail domain")
    name.add_argument("name", help="such as mail.example, including its subdomains")
    name.add_argument(
        "--with-approval", action="store_true", help="allow sign-ups after approval by a moderator"
    )
    name.add_argument("--days", type=int, help="how long it applies; permanent by default")
    email = _add(access, "email", "people.access:add_email", "add a rule on an e-mail address")
    email.add_argument("email", help="in any spelling, or the fingerprint of one")
    for one in (listed, network, name, email):
        one.add_argument("--domain", metavar="DOMAIN", help="on this domain; by default on the whole server")
        one.add_argument("--json", action="store_true", help="as JSON")
    remove = _add(access, "remove", "people.access:remove", "remove a rule")
    remove.add_argument("id", type=int)


def _seed(commands: Any) -> None:
    seed = _add(commands, "seed", "seed:seed", "fill an unused server with sample people and posts")
    seed.add_argument("--domain", default="localhost:8000", help="their domain (default localhost:8000)")
    seed.add_argument("--email", default="dev@example.com", help="the admin's e-mail address")
    seed.add_argument("--password", help="the admin's password; by default one is generated and printed")
    seed.add_argument("--people", type=int, default=12, help="how many people there are (default 12)")
    seed.add_argument("--posts", type=int, default=150, help="how many posts they write (default 150)")
    seed.add_argument("--seed", type=int, default=1, help="another number creates another world")
    seed.add_argument(
        "--if-empty", action="store_true", help="if there are already people, do nothing and exit with 0"
    )


def _stator(commands: Any) -> None:
    stator = _group(commands, "stator", "the background work")
    show_list = _add(stator, "list", "stator:show_list", "list every queue: waiting, oldest, failed")
    show_list.add_argument("--json", action="store_true", help="as JSON")
    show = _add(stator, "show", "stator:show", "show the rows of a model that failed, with their reasons")
    show.add_argument("model", help="as users.Follow; see `takahe stator list`")
    show.add_argument("--limit", type=int, default=20)
    retry = _add(stator, "retry", "stator:retry", "retry failed rows")
    retry.add_argument("model")
    retry.add_argument("ids", nargs="*", type=int, help="the rows; without ids all failed rows of the model")
