"""Mapping between the API's visibilities and ours. Local-only posts are shown as private, so that a client that copies the visibility to
a reply never widens the audience.
"""

from typing import Literal

from activities.posts.models import Visibility

StatusVisibility = Literal["public", "unlisted", "private", "direct"]

TO_API: dict[int, StatusVisibility] = {
    Visibility.public: "public",
    Visibility.unlisted: "unlisted",
    Visibility.followers: "private",
    Visibility.mentioned: "direct",
    Visibility.local_only: "private",
    Visibility.limited: "private",
}
FROM_API: dict[str, Visibility] = {
    "public": Visibility.public,
    "unlisted": Visibility.unlisted,
    "private": Visibility.followers,
    "direct": Visibility.mentioned,
    "local_only": Visibility.local_only,
}
