import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A browser that reads our pages has a session in place of a token."""

    dependencies = [
        ("api", "0007_end_streams_of_sessions"),
        ("users", "0059_mails_in_the_language_of_their_reader"),
    ]

    operations = [
        migrations.AlterField(
            "pushsubscription",
            "token",
            models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.CASCADE, to="api.token"
            ),
        ),
        migrations.AddField(
            "pushsubscription",
            "session",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="users.session",
            ),
        ),
        migrations.AddField(
            "pushsubscription",
            "language",
            models.CharField(db_default="", default="", max_length=10),
        ),
    ]
