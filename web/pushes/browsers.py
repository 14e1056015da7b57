"""Notification settings: what is pushed to this browser, and to which others."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from activities.notifications.models import STAFF_KINDS, NotificationKind
from api.models import PushPolicy, PushSubscription
from api.push import sessions
from api.push.vapid import push_key
from core.asgi.decorators import methods
from core.asgi.request import Request
from core.errors import Problem
from core.pages.addresses import path_to
from users.domains import options
from web.error_messages import error_message
from web.pages import page, redirect_with_message, signed_in, with_login

# name of the choice: (words, kinds)
KINDS: dict[str, tuple[str, tuple[NotificationKind, ...]]] = {
    "mentions": (gettext_lazy("Mentions"), (NotificationKind.mention,)),
    "follows": (gettext_lazy("Follows"), (NotificationKind.follow, NotificationKind.follow_request)),
    "likes": (gettext_lazy("Likes"), (NotificationKind.favourite,)),
    "boosts": (gettext_lazy("Boosts and quotes"), (NotificationKind.reblog, NotificationKind.quote)),
    "requests": (
        gettext_lazy("Requests"),
        (
            NotificationKind.pending_reply,
            NotificationKind.pending_favourite,
            NotificationKind.pending_reblog,
        ),
    ),
    "posts": (
        gettext_lazy("New posts by people you get notifications about"),
        (NotificationKind.status,),
    ),
    "polls": (gettext_lazy("Polls that have ended"), (NotificationKind.poll,)),
    "edits": (
        gettext_lazy("Edits of posts that you boosted or quoted"),
        (NotificationKind.update, NotificationKind.quoted_update),
    ),
    "others": (
        gettext_lazy("Collections, and scheduled posts that failed"),
        (
            NotificationKind.added_to_collection,
            NotificationKind.collection_update,
            NotificationKind.scheduled_failed,
        ),
    ),
}
_STAFF = {
    "staff": (
        gettext_lazy("Sign-ups and reports"),
        tuple(NotificationKind(kind) for kind in STAFF_KINDS),
    )
}
_AT_FIRST = ("mentions", "follows", "requests", "posts", "polls")


class KindsForm(forms.Form):
    """The choice of what is pushed. `endpoint`, `p256dh` and `auth` are the browser's, and empty in a form that only changes the choice."""

    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Notify me of"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    policy = forms.ChoiceField(
        label=gettext_lazy("From whom"),
        choices=[
            (PushPolicy.all.value, gettext_lazy("Everyone")),
            (PushPolicy.followed.value, gettext_lazy("People you follow")),
            (PushPolicy.follower.value, gettext_lazy("Your followers")),
        ],
    )
    endpoint = forms.CharField(max_length=2048, required=False, widget=forms.HiddenInput)
    p256dh = forms.CharField(max_length=200, required=False, widget=forms.HiddenInput)
    auth = forms.CharField(max_length=100, required=False, widget=forms.HiddenInput)

    def __init__(self, request: Request, stored: PushSubscription | None) -> None:
        self.known = KINDS | (_STAFF if request.user.acts_as_staff else {})
        start = {"kinds": _AT_FIRST, "policy": PushPolicy.all.value}
        if stored is not None:
            start = {
                "kinds": [
                    name
                    for name, (_words, kinds) in self.known.items()
                    if any(stored.alerts.get(kind.value) for kind in kinds)
                ],
                "policy": stored.policy,
            }
        super().__init__(request.POST or None, initial=start)
        field = self.fields["kinds"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(name, words) for name, (words, _kinds) in self.known.items()]

    @property
    def alerts(self) -> dict[str, bool]:
        """The chosen kinds as stored in a subscription."""
        return {kind.value: True for name in self.cleaned_data["kinds"] for kind in self.known[name][1]}


@methods("GET", "POST")
@signed_in
async def browsers(request: Request) -> HttpResponse:
    session, identity = request.session, request.identity
    stored = await sessions.subscription_of_session(session, identity)
    form = KindsForm(request, stored)
    if request.method == "POST" and form.is_valid():
        try:
            await _store(request, form)
        except Problem as problem:
            form.add_error(None, error_message(problem))
        else:
            said = _("Saved.") if stored else _("Notifications are on in this browser.")
            return redirect_with_message(request, path_to("settings-notifications"), said)
    context = {
        "form": form,
        "is_on": stored is not None,
        "pushes": await options.get(options.PUSHES),
        "key": (await push_key()).rstrip("="),
        "others": [
            one
            for one in await sessions.browsers_of(request.user)
            if (one.session_id, one.identity_id) != (session.pk, identity.pk)
        ],
        "section": "notifications",
    }
    return page(request, "pushes/browsers.html", context, status=422 if form.errors else 200)


async def _store(request: Request, form: KindsForm) -> None:
    """Subscribe the browser, or change its settings if the form came without an endpoint."""
    asked = form.cleaned_data
    policy = PushPolicy(asked["policy"])
    whose = {"session": request.session, "identity": request.identity}
    if not asked["endpoint"]:
        await sessions.change_session(**whose, alerts=form.alerts, policy=policy)
        return
    await sessions.subscribe_session(
        **whose,
        endpoint=asked["endpoint"],
        p256dh=asked["p256dh"],
        auth=asked["auth"],
        alerts=form.alerts,
        policy=policy,
        language=get_language() or "",
    )


@methods("POST")
@with_login
async def renew(request: Request) -> HttpResponse:
    """Store the new address that the browser got in place of its old one (static/js/app/worker.js)."""
    address = {name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")}
    await sessions.renew_session(session=request.session, **address)
    return HttpResponse(status=204)


@methods("POST")
@signed_in
async def try_out(request: Request) -> HttpResponse:
    await sessions.send_trial(session=request.session, identity=request.identity)
    return redirect_with_message(
        request, path_to("settings-notifications"), _("On its way. It should appear in a moment.")
    )


@methods("POST")
@signed_in
async def turn_off(request: Request) -> HttpResponse:
    """End the browser's subscription for this identity, if there is one."""
    stored = await sessions.subscription_of_session(request.session, request.identity)
    if stored is not None:
        await sessions.remove_browser(user=request.user, subscription_id=stored.pk)
    return redirect_with_message(
        request, path_to("settings-notifications"), _("Notifications are off in this browser.")
    )


@methods("POST")
@with_login
async def remove(request: Request, subscription_id: int) -> HttpResponse:
    await sessions.remove_browser(user=request.user, subscription_id=subscription_id)
    return redirect_with_message(
        request, path_to("settings-notifications"), _("Notifications are off in that browser.")
    )
