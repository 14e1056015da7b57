"""The URLs of public resources: feeds, frames, and what browsers, robots and other servers request."""

from django.urls import URLPattern, path

from web.feeds import captions, embedding, feeds, players
from web.people import directory
from web.pushes import offline, worker
from web.site import icons, manifest, robots, sitemap, theme
from web.timelines import lists

urlpatterns: list[URLPattern] = [
    path("robots.txt", robots.robots, name="robots"),
    path("sitemap.xml", sitemap.index, name="sitemap"),
    path("sitemap/<int:year>/<int:month>.xml", sitemap.of_month, name="sitemap-month"),
    path("icon.svg", icons.svg, name="icon-svg"),
    path("icons/<slug:size>.png", icons.png, name="icon-png"),
    path("theme.css", theme.theme, name="theme"),
    path("style.css", theme.style, name="style"),
    path("tints.css", theme.tints, name="tints"),
    path("manifest.webmanifest", manifest.manifest, name="manifest"),
    path("worker.js", worker.worker, name="worker"),
    path("offline", offline.offline, name="offline"),
    path("waiting", offline.waiting, name="waiting"),
    path("favicon.ico", robots.favicon, name="favicon"),
    path("tags/<str:name>.<slug:kind>", feeds.of_hashtag, name="tag-feed"),
    path("directory", directory.directory, name="directory"),
    path("lists/feeds/<str:token>.<slug:kind>", feeds.of_list, name="list-feed"),
    path("lists/<int:list_id>/feed", lists.open_feed, name="lists-feed"),
    path("lists/<int:list_id>/feed/revoke", lists.close_feed, name="lists-feed-revoke"),
    path("posts/<int:post_id>/embed", embedding.code, name="posts-embed"),
    path("@<str:handle>.rss", feeds.mastodons, name="profile-feed-mastodon"),
    path("@<str:handle>/feed.rss", feeds.of_person, name="profile-feed"),
    path("@<str:handle>/<slug:tab>.<slug:kind>", feeds.of_person, name="profile-feeds"),
    path("@<str:handle>/<int:post_id>/embed", embedding.frame, name="embed"),
    path("captions/<str:name>.vtt", captions.own, name="captions"),
    path(
        "posts/<int:post_id>/captions/<int:attachment_id>/<int:number>.vtt",
        captions.remote,
        name="captions-remote",
    ),
    path("explore/links/<int:card_id>/player", players.player_of_link, name="player-of-link"),
    path("posts/<int:post_id>/player", players.player, name="player"),
]
