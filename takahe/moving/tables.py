"""The models that are exported with a domain, with their columns and references. Those that stay behind are in left.py.

tests/platform/moving/test_tables.py fails for a model or column that is in neither.
"""

from takahe.moving.belongings import BELONGINGS
from takahe.moving.conditions import login as _login
from takahe.moving.conditions import owned as _owned
from takahe.moving.conditions import person as _person
from takahe.moving.conditions import post as _post
from takahe.moving.table import Table

PEOPLE, POSTS, TAGS = "users.Identity", "activities.Post", "activities.Hashtag"


ELSEWHERE = {
    PEOPLE: """SELECT i.id, i.uri, i.username, i.host, i.inbox_url, i.shared_inbox_url, i.followers_url FROM users_identity i
        WHERE i.id = p.id AND i.domain_id IS DISTINCT FROM %(domain)s AND i.deleted_at IS NULL""",
    POSTS: """SELECT q.id, q.uri, i.uri FROM activities_post q JOIN users_identity i ON i.id = q.author_id
        WHERE q.id = p.id AND i.domain_id IS DISTINCT FROM %(domain)s AND q.deleted_at IS NULL""",
    TAGS: "SELECT h.id, h.name, h.display_name FROM activities_hashtag h WHERE h.id = p.id",
}
"""What rows refer to that isn't of the domain, known by address or name, by id `p.id`."""

# uploads that are in drafts and scheduled posts, or were made in the last minutes
_UNPOSTED = f"(t.post_id IS NULL AND t.file <> '' AND {_person('author_id')})"

_OF_DOMAIN = "t.domain_id = %(domain)s"

TABLES = (
    Table(
        "users.Domain",
        """id name service_name title description sign_up_mode is_public authorized_fetch contact_email
        is_local_only shows_profiles
        accent_color has_local_sign_in logo_file icon_file banner_file shows_trends shows_directory
        default_visibility crawlers contact_id front_id footer_links mail_name limits created_at""",
        where="t.id = %(domain)s",
        owned=("id",),
        left="state state_due_at state_changed_at state_attempts state_error state_failed_in removed_to style_version",
        loose={"contact_id": "users.Identity", "front_id": "users.Identity"},
        settled={"state": "paused"},
    ),
    Table(
        "users.DomainStyle",
        """domain_id source""",
        where=_OF_DOMAIN,
        owned=("domain_id",),
        left="css removed",
    ),
    Table(
        "users.Rule",
        """id domain_id number place text hint translations removed_at created_at""",
        where=_OF_DOMAIN,
        owned=("domain_id",),
    ),
    Table(
        "federation.DomainPolicy",
        """domain_id host policy reject_media force_sensitive force_unlisted strip_links note public_comment set_at""",
        where=_OF_DOMAIN,
        owned=("domain_id",),
        left="id set_by_id",
    ),
    Table(
        "users.DomainText",
        """domain_id kind content effective_on published_at""",
        where=_OF_DOMAIN,
        owned=("domain_id",),
        left="id",
        html=("content",),
    ),
    Table(
        "users.Option",
        """level owner name value""",
        where="t.level = 'domain' AND t.owner = %(domain)s",
        owned=("owner",),
        left="id",
        loose={"owner": "users.Domain"},
    ),
    Table(
        "users.EmailDomainBlock",
        """id domain_id created_at name allows_with_approval expires_at""",
        where=_OF_DOMAIN,
        owned=("domain_id",),
    ),
    Table(
        "users.IpBlock",
        """id domain_id created_at network severity comment expires_at""",
        where=_OF_DOMAIN,
        owned=("domain_id",),
    ),
    Table(
        "users.CanonicalEmailBlock",
        """id domain_id created_at email_hash""",
        where=_OF_DOMAIN,
        owned=("domain_id",),
    ),
    Table(
        "users.Emoji",
        """id shortcode domain_id category is_visible_in_picker is_enabled file static_file updated_at seen_at""",
        where=_OF_DOMAIN,
        owned=("domain_id",),
        left="host url uri",
        files=("file", "static_file"),
    ),
    Table(
        "users.User",
        """id email password_hash is_restricted is_restricted_by_hand is_disabled has_totp has_passkey confirmed_at approved_at created_at last_seen_at
        sign_up_reason sign_up_question theme text_size is_compact language""",
        where=_login("id"),
        left="rights is_staff needs_factor sign_up_app invited_by leaves_at staff_mails",
    ),
    Table(
        "users.Identity",
        """id username host domain_id uri profile_url actor_type name summary summary_source fields emojis
        icon_url icon_file icon_description image_url image_file image_description inbox_url
        shared_inbox_url outbox_url followers_url following_url featured_url featured_tags_url
        featured_collections_url public_key_id public_key private_key approves_followers is_discoverable
        is_indexable allows_featuring hides_follows shows_media shows_media_of_replies shows_featured
        attribution_domains also_known_as moved_to_uri restriction leaves_at stays_limited is_sensitized
        posts_count followers_count following_count last_post_at default_visibility default_language
        default_sensitive media_descriptions default_quote_policy default_reply_policy default_like_policy
        default_boost_policy default_policies opens_warnings expands_media first_step filters_version
        created_at""",
        where=f"{_OF_DOMAIN} AND t.deleted_at IS NULL",
        owned=("domain_id",),
        left="state state_due_at state_changed_at state_attempts state_error state_failed_in told_to announced_as announced_to emptied_to fetched_at stated_posts stated_followers stated_following deleted_at limited_with sensitized_with",
        sealed=("private_key",),
        html=("summary",),
        files=("icon_file", "image_file"),
    ),
    Table(
        "users.ActorKey",
        """id identity_id use key_id public private created_at expires_at""",
        where=_person("identity_id"),
        owned=("identity_id",),
        sealed=("private",),
    ),
    Table(
        "users.IdentityAccess",
        """user_id identity_id is_owner is_editor label created_at""",
        where=_person("identity_id"),
        owned=("identity_id",),
        left="id",
    ),
    Table("users.DomainAccess", """user_id domain_id""", where=_OF_DOMAIN, owned=("domain_id",), left="id"),
    Table(
        "users.Totp",
        """user_id secret last_step created_at""",
        where=_login("user_id"),
        owned=("user_id",),
        sealed=("secret",),
    ),
    Table(
        "users.RecoveryCode", """id user_id code_hash used_at""", where=_login("user_id"), owned=("user_id",)
    ),
    Table(
        "users.Passkey",
        """id user_id domain_id credential_id attested sign_count name created_at last_used_at""",
        where=_OF_DOMAIN,
        owned=("domain_id", "user_id"),
    ),
    Table(
        "users.Role",
        """id name permissions color is_highlighted needs_factor domain_id created_at""",
        where=_OF_DOMAIN,
        owned=("domain_id",),
    ),
    Table(
        "users.RoleGrant",
        """id user_id role_id domain_id created_at""",
        where=_OF_DOMAIN,
        owned=("domain_id",),
        left="granted_by",
    ),
    Table(
        "activities.Announcement",
        """id domain_id content starts_at ends_at all_day published_at updated_at""",
        where=_OF_DOMAIN,
        owned=("domain_id",),
        html=("content",),
    ),
    Table(
        "activities.Post",
        """id author_id uri url domain_id visibility circle_id type boost_of_id in_reply_to_id in_reply_to_uri
        in_reply_to_author_id conversation_id title content source is_markdown content_warning is_sensitive
        language emojis question facts application application_website quote_of_id quote_uri quote_state
        quote_policy reply_policy like_policy boost_policy created_at edited_at replies_count boosts_count
        likes_count quotes_count""",
        where=f"{_person('author_id')} AND t.deleted_at IS NULL AND t.state IN ('new', 'orphaned', 'fanned_out', 'edited', 'failed')",
        owned=("author_id",),
        left="state state_due_at state_changed_at state_attempts state_error state_failed_in is_local card_id fetched_at said_at deleted_at stated_replies stated_boosts stated_likes quote_approval_uri",
        html=("content",),
        loose={"conversation_id": "activities.Post", "circle_id": "users.Circle"},
        needed=("boost_of_id",),
        settled={"state": "fanned_out", "is_local": True},
    ),
    Table("activities.PostWriter", """post_id user_id""", where=_post("post_id"), owned=("post_id",)),
    Table(
        "activities.Revision",
        """post_id content source content_warning is_sensitive emojis attachments question created_at
        replaced_at""",
        where=_post("post_id"),
        owned=("post_id",),
        left="id",
        html=("content",),
    ),
    Table(
        "activities.Poll",
        """post_id ends_at state state_due_at""",
        where=_post("post_id"),
        owned=("post_id",),
        left="state_changed_at state_attempts state_error state_failed_in",
    ),
    Table(
        "activities.PollVote",
        """id post_id identity_id choice uri created_at""",
        where=_post("post_id"),
        owned=("post_id",),
        actors=("identity_id",),
    ),
    Table(
        "activities.PostTag",
        """post_id hashtag_id has_media""",
        where=_post("post_id"),
        owned=("post_id",),
        left="id domain_id",
    ),
    Table(
        "activities.Mention",
        """post_id identity_id is_silent""",
        where=_post("post_id"),
        owned=("post_id",),
        left="id",
    ),
    Table(
        "activities.Attachment",
        """id author_id post_id domain_id position kind media_type url preview_url description blurhash width
        height focus_x focus_y preview_width preview_height duration frame_rate bitrate peaks file
        preview_file bytes captions created_at""",
        where=f"({_post('post_id')} OR {_UNPOSTED})",
        owned=("post_id", "author_id"),
        files=("file", "preview_file"),
        left="uploaded_by sha256",
    ),
    Table(
        "activities.PostExpiry",
        """post_id expires_at state state_due_at""",
        where=_post("post_id"),
        owned=("post_id",),
        left="state_changed_at state_attempts state_error state_failed_in",
    ),
    Table(
        "activities.Pin",
        """id identity_id post_id created_at""",
        where=_person("identity_id"),
        owned=("identity_id",),
    ),
    Table(
        "activities.Like",
        """id identity_id post_id uri said_at created_at""",
        where=f"({_person('identity_id')} OR {_post('post_id')})",
        owned=("identity_id", "post_id"),
        actors=("identity_id",),
    ),
    Table(
        "activities.BookmarkFolder",
        """id identity_id name""",
        where=_person("identity_id"),
        owned=("identity_id",),
    ),
    Table(
        "activities.Bookmark",
        """id identity_id post_id folder_id created_at""",
        where=_person("identity_id"),
        owned=("identity_id",),
    ),
    Table(
        "users.Follow",
        """id source_id target_id uri shows_boosts notifies languages created_at accepted_at""",
        where=f"({_person('source_id')} OR {_person('target_id')})",
        owned=("source_id", "target_id"),
        actors=("source_id",),
        left="said_at",
    ),
    Table(
        "users.Block",
        """id source_id target_id uri created_at""",
        where=f"({_person('source_id')} OR {_person('target_id')})",
        owned=("source_id", "target_id"),
        actors=("source_id",),
        left="said_at",
    ),
    Table(
        "users.Mute",
        """id source_id target_id hides_notifications expires_at created_at""",
        where=_person("source_id"),
        owned=("source_id",),
    ),
    Table(
        "users.HostBlock",
        """id identity_id host created_at""",
        where=_person("identity_id"),
        owned=("identity_id",),
        left="state state_due_at state_changed_at state_attempts state_error state_failed_in parted_to",
    ),
    Table(
        "users.AccountNote",
        """source_id target_id text""",
        where=_person("source_id"),
        owned=("source_id",),
        left="id",
    ),
    Table(
        "users.Endorsement",
        """id source_id target_id created_at""",
        where=_person("source_id"),
        owned=("source_id",),
    ),
    Table("users.Circle", """id identity_id title""", where=_person("identity_id"), owned=("identity_id",)),
    Table(
        "users.CircleMember",
        """id circle_id identity_id""",
        where=_owned("users_circle", "circle_id"),
        owned=("circle_id",),
    ),
    Table(
        "activities.PeopleList",
        """id identity_id title replies_policy is_exclusive""",
        where=_person("identity_id"),
        owned=("identity_id",),
        left="feed_nonce",
    ),
    Table(
        "activities.ListMember",
        """id list_id identity_id""",
        where=_owned("activities_peoplelist", "list_id"),
        owned=("list_id",),
    ),
    Table(
        "activities.Filter",
        """id identity_id title contexts action expires_at""",
        where=_person("identity_id"),
        owned=("identity_id",),
    ),
    Table(
        "activities.FilterKeyword",
        """id filter_id keyword whole_word""",
        where=_owned("activities_filter", "filter_id"),
        owned=("filter_id",),
    ),
    Table(
        "activities.FollowedTag",
        """id identity_id hashtag_id""",
        where=_person("identity_id"),
        owned=("identity_id",),
    ),
    Table(
        "activities.FeaturedTag",
        """id identity_id hashtag_id""",
        where=_person("identity_id"),
        owned=("identity_id",),
    ),
    Table(
        "activities.NotificationPolicy",
        """identity_id for_not_following for_not_followers for_new_accounts for_private_mentions
        for_limited_accounts for_bots""",
        where=_person("identity_id"),
        owned=("identity_id",),
    ),
    *BELONGINGS,
)
