"""SQL conditions for who is notified about whom. Reads apply visibility.py again.

The arguments are SQL expressions; aliases with the prefix `x_` are reserved.
"""

from activities.notifications.models import PolicyChoice
from activities.posts.queries.predicates import is_for_named
from federation.peers import host_in_sql, limited_hosts_sql
from federation.policies.domains import limited_by_domain
from users.identities.models import Restriction
from users.identities.queries.predicates import is_active
from users.relations.queries.predicates import (
    FOLLOWS,
    domain_hides,
    either_blocks,
    follows,
    hides_host,
    hides_notifications,
)

NO_POST = "NULL::bigint"  # in place of a post, for notifications without one


def mutes_thread(who: str, post: str) -> str:
    """Return SQL for: `who` muted the thread of `post`. Served by activities_thread_mute_pair."""
    return f"""EXISTS (SELECT 1 FROM activities_threadmute x_quiet JOIN activities_post x_said
                           ON x_quiet.thread_id = coalesce(x_said.conversation_id, x_said.id)
                       WHERE x_said.id = {post} AND x_quiet.identity_id = {who})"""


def policy_choice_is(choice: PolicyChoice, recipient: str, actor: str, post: str) -> str:
    """Return the condition that `recipient`'s policy has this choice for what `actor` did with `post`, and there is no permission that
    overrides it.

    As in Mastodon: unknown actors are those not followed; followers count after three days; accounts are new for thirty; a private
    mention is one, direct or to a circle, by an actor not followed that does not reply to the recipient's post.
    """
    not_followed = f"NOT {follows(recipient, actor)}"
    accept, filtered = f"'{PolicyChoice.accept.value}'", f"'{PolicyChoice.filter.value}'"
    wanted = f"'{choice.value}'"
    host = host_in_sql("x_from.uri")
    domain = f"(SELECT x_to.domain_id FROM users_identity x_to WHERE x_to.id = {recipient})"
    limited_host = (
        f"x_from.domain_id IS NULL AND ({limited_hosts_sql(host)} OR {limited_by_domain(domain, host)})"
    )
    return f"""EXISTS (
        SELECT 1 FROM users_identity x_from LEFT JOIN activities_notificationpolicy x_p ON x_p.identity_id = {recipient}
        WHERE x_from.id = {actor} AND x_from.id <> {recipient} AND NOT EXISTS (
            SELECT 1 FROM activities_notificationpermission x_ok WHERE x_ok.identity_id = {recipient} AND x_ok.actor_id = {actor})
        AND ((coalesce(x_p.for_not_following, {accept}) = {wanted} AND {not_followed})
          OR (coalesce(x_p.for_not_followers, {accept}) = {wanted} AND NOT EXISTS (
                SELECT 1 FROM {FOLLOWS} x_back WHERE x_back.source_id = {actor} AND x_back.target_id = {recipient}
                AND x_back.accepted_at < now() - interval '3 days'))
          OR (coalesce(x_p.for_new_accounts, {accept}) = {wanted}
              AND x_from.created_at > now() - interval '30 days' AND {not_followed})
          OR (coalesce(x_p.for_limited_accounts, {filtered}) = {wanted}
              AND (x_from.restriction = {Restriction.limited.value} OR ({limited_host})) AND {not_followed})
          OR (coalesce(x_p.for_bots, {accept}) = {wanted}
              AND x_from.actor_type IN ('Service', 'Application') AND {not_followed})
          OR (coalesce(x_p.for_private_mentions, {filtered}) = {wanted} AND {not_followed} AND EXISTS (
                SELECT 1 FROM activities_post x_dm WHERE x_dm.id = {post} AND x_dm.author_id = {actor}
                AND {is_for_named("x_dm")} AND x_dm.in_reply_to_author_id IS DISTINCT FROM {recipient}))))"""


def is_filtered(recipient: str, actor: str, post: str = NO_POST) -> str:
    """Return the SQL value of a new notification's `is_filtered`."""
    return policy_choice_is(PolicyChoice.filter, recipient, actor, post)


def wants_notification(recipient: str, actor: str, post: str = NO_POST) -> str:
    """Return SQL for: `recipient` is local and accepts notifications about `actor`.

    That is: no block, no mute of the actor, their host or the post's thread, not hidden by the recipient's domain, and not dropped by the
    policy. Filtering by the policy is
    `is_filtered`.
    """
    return f"""{recipient} <> {actor}
        AND EXISTS (SELECT 1 FROM users_identity x_who
                    WHERE x_who.id = {recipient} AND x_who.domain_id IS NOT NULL AND x_who.deleted_at IS NULL)
        AND EXISTS (SELECT 1 FROM users_identity x_who WHERE x_who.id = {actor} AND {is_active("x_who")})
        AND NOT {either_blocks(recipient, actor)} AND NOT {hides_notifications(recipient, actor)}
        AND NOT {hides_host(recipient, actor)} AND NOT {domain_hides(recipient, actor)}
        AND NOT {mutes_thread(recipient, post)}
        AND NOT {policy_choice_is(PolicyChoice.drop, recipient, actor, post)}"""
