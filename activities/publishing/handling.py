"""Posts of other servers as operators want them handled: with covered media, unlisted, without links (federation/policies)."""

from dataclasses import replace

from activities.posts.activitypub.post_document import PostDocument
from activities.posts.links import without_links
from activities.posts.models import Visibility
from federation.peers import handling_of, host_of
from federation.policies import Handling


async def handled(document: PostDocument) -> PostDocument:
    """Return the document with the changes that operators chose for its author's host."""
    host = host_of(document.author_uri)
    handling = await handling_of(host)
    if Handling.force_sensitive in handling:
        document = replace(document, is_sensitive=True)
    if Handling.force_unlisted in handling and document.visibility == Visibility.public:
        document = replace(document, visibility=Visibility.unlisted)
    if Handling.strip_links in handling:
        people = [one.href for one in document.mentions]
        text = without_links(document.content_html, host=host, people=people, tags=document.hashtags)
        document = replace(document, content_html=text)
    return document
