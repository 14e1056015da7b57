"""The URLs of other servers in the administration: their policies, those of a domain, and lists of them."""

from django.urls import URLPattern, path

from web.administration import domains
from web.administration.blocklists import pages, subscriptions
from web.administration.policies import pages as domain_policies

urlpatterns: list[URLPattern] = [
    path("admin/peers", domains.peers, name="admin-peers"),
    path("admin/peers/ticked", domains.change_ticked, name="admin-peers-ticked"),
    path("admin/peers/blocked.csv", pages.export, name="admin-peers-blocked"),
    path("admin/peers/allowed.csv", pages.export, {"allows": True}, name="admin-peers-allowed"),
    path("admin/policies", domain_policies.policies, name="admin-policies"),
    path("admin/policies/<int:policy_id>", domain_policies.policy, name="admin-policy"),
    path("admin/policies/<int:policy_id>/remove", domain_policies.remove, name="admin-policies-remove"),
    path("admin/blocklists", pages.blocklists, name="admin-blocklists"),
    path("admin/blocklists/<int:blocklist_id>", pages.blocklist, name="admin-blocklist"),
    path("admin/blocklists/subscriptions", subscriptions.subscriptions, name="admin-subscriptions"),
    path(
        "admin/blocklists/subscriptions/<int:subscription_id>",
        subscriptions.subscription,
        name="admin-subscription",
    ),
    path("admin/federation", domains.federation_mode, name="admin-federation-mode"),
]
