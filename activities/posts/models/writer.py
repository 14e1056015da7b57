"""The login that wrote a post of an identity that several logins share. Never public; deleted with the login, and with the post's content."""

from django.db import models

from activities.posts.models.post import Post
from core.db import Model
from users.logins.models import User


class PostWriter(Model):
    post = models.OneToOneField(Post, on_delete=models.CASCADE, primary_key=True, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
