"""Columns for what visitors see first of a domain, and for the links at the foot of its pages."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0106_style_a_domain"),
    ]

    operations = [
        migrations.AddField(
            model_name="domain",
            name="front_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="footer_links",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AlterField(
            model_name="domaintext",
            name="kind",
            field=models.CharField(
                choices=[
                    ("privacy_policy", "Privacy Policy"),
                    ("terms_of_service", "Terms Of Service"),
                    ("extended_description", "Extended Description"),
                    ("front_page", "Front Page"),
                ],
                max_length=30,
            ),
        ),
    ]
