"""A private conversation as a chat: its posts in short rows, newest last, with a reply box."""

import re
from collections.abc import Collection, Sequence

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from msgspec.structs import replace

from activities.conversations import queries as reads
from activities.conversations import services
from activities.conversations.queries import ConversationView
from activities.filters.models import FilterContext
from activities.filters.queries import apply_filters
from activities.posts.models import Post, Visibility
from activities.posts.queries.views import PostView
from activities.publishing.services import idempotency, posting
from activities.publishing.services.drafts import PostDraft
from activities.timelines.queries.candidates import IncompletePage
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Invalid, NotFound, Problem
from core.pages.addresses import path_to
from core.texts import is_blank
from users.domains.queries import limits_of
from web.error_messages import error_message
from web.pages import page, redirect_with_message, signed_in
from web.paging import requested_page
from web.posts.compose import kept_words
from web.posts.replying import form_values

PAGE_SIZE = 30
_VANISHED = gettext_lazy(
    "This conversation no longer exists. Your text is kept here: say whom it is for, or save it as a draft."
)
_ONCE = re.compile(r"[\w-]{1,64}", re.ASCII)
# leading mentions, inserted by ours and other servers: links to the participants
_MENTION = re.compile(
    r'\s*(?:<span class="h-card"[^<>]*>)?<a [^<>]*\bclass="[^"<>]*\bmention\b[^"<>]*"[^<>]*>@(?:<span>)?([^<>@]*)(?:@[^<>]*)?(?:</span>)?</a>(?:</span>)?'
)


@methods("GET", "POST")
@signed_in
async def conversation(request: Request, conversation_id: int) -> HttpResponse:
    """Show a conversation and mark it as read, or send a reply to its newest post."""
    viewer = request.identity
    try:
        found = await reads.conversation(viewer, conversation_id)
    except NotFound:
        if request.method == "GET" or is_blank(request.POST.get("text", "")):
            raise
        return await kept_words(request, request.POST["text"], _VANISHED)
    problem, text = "", ""
    if request.method == "POST":
        text = request.POST.get("text", "")
        try:
            await _send(request, found, text)
        except NotFound:
            problem = _("The last message is no longer available. Reload the page and try again.")
        except Problem as error:
            problem = error_message(error)
        else:
            return redirect_with_message(
                request, path_to("private-mention", conversation_id=found.id) + "#newest"
            )
    elif found.is_unread:
        await services.mark_conversation(identity=viewer, conversation_id=found.id, is_unread=False)
    asked = requested_page(request, PAGE_SIZE + 1)  # one more tells whether there are earlier ones
    posts = await reads.messages(viewer, found, asked)
    shown = await apply_filters(posts[:PAGE_SIZE], viewer, FilterContext.notifications)
    known = {one.username.lower() for one in found.people} | {viewer.username.lower()}
    context = {
        "conversation": found,
        "said": [replace(post, content=without_mentions(post.content, known)) for post in reversed(shown)],
        "earlier": _earlier(posts),
        "thread": True,
        "is_newest": asked.max_id is None,
        "is_group": len(found.people) > 1,
        "text": text,
        "problem": problem,
        "once": form_values(viewer)["once"],
        "limit": (await limits_of(viewer.domain_id)).characters,
    }
    return page(request, "timelines/conversation.html", context, status=422 if problem else 200)


@methods("GET")
@signed_in
async def of_post(request: Request, post_id: int) -> HttpResponse:
    """Redirect to the conversation with a private post."""
    number = await reads.conversation_of(request.identity, post_id)
    return redirect_with_message(request, path_to("private-mention", conversation_id=number) + "#newest")


async def _send(request: Request, found: ConversationView, text: str) -> None:
    """Reply to the newest post of a conversation, to its author and everyone addressed.

    Only the post that the page showed as the newest is answered: a later one may have other participants.
    """
    author, last = request.identity, found.last_post
    if last is None:
        raise NotFound
    others = [f"@{one.username}@{one.host} " for one in found.people if one.id != author.pk]
    draft = PostDraft(
        text="".join(others) + text if not is_blank(text) else "",
        content_warning=last.content_warning,
        visibility=Visibility.mentioned,
        in_reply_to_id=last.id,
    )
    once = request.POST.get("once", "")
    key = f"message {once} {text}" if _ONCE.fullmatch(once) else ""
    row_id = await idempotency.id_for(author_id=author.pk, key=key) if key else None

    async def publish() -> int:
        if request.POST.get("answers") != str(last.id):
            raise Invalid("message", "newer_came")
        return int((await posting.write_post(author=author, draft=draft, post_id=row_id)).pk)

    await idempotency.once(Post, row_id, publish)


def _earlier(posts: Sequence[PostView]) -> int | None:
    """Return the `max_id` of the previous page, if there may be one."""
    if len(posts) > PAGE_SIZE:
        return posts[PAGE_SIZE - 1].id
    return posts.end if isinstance(posts, IncompletePage) else None


def without_mentions(content: str, known: Collection[str]) -> str:
    """Return the content of a message without leading mentions of these usernames; unchanged if there is nothing else."""
    start = content.find(">") + 1 if content.startswith("<p>") else 0
    end = start
    while (found := _MENTION.match(content, end)) and found[1].lower() in known:
        end = found.end()
    rest = content[end:].lstrip()
    return content[:start] + rest if rest not in ("", "</p>") else content
