"""The long texts of a domain: privacy policy, terms, description. Every version is kept; grows only when an operator publishes one."""

from django.db import models

from core.db import Model
from users.models.domain import Domain


class DomainTextKind(models.TextChoices):
    privacy_policy = "privacy_policy"
    terms_of_service = "terms_of_service"
    extended_description = "extended_description"


class DomainText(Model):
    """`content` is sanitised HTML. It counts from `effective_on` until the next one of its kind does."""

    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=30, choices=DomainTextKind)
    content = models.TextField()
    effective_on = models.DateField()
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["domain", "kind", "effective_on"], name="users_domain_text_version"
            )
        ]
