import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """activities_attachment_author begins with the author: the index of the foreign key goes."""

    dependencies = [("activities", "0025_index_posts_with_media")]

    operations = [
        migrations.AlterField(
            model_name="attachment",
            name="author",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="users.identity",
            ),
        ),
    ]
