"""Entries of home timelines without foreign keys in Postgres, whose checks took half the time of adding a post to them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("activities", "0068_write_to_circles"),
        ("users", "0082_keep_circles"),
    ]

    operations = [
        migrations.AlterField(
            model_name="homeentry",
            name="identity",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="users.identity",
            ),
        ),
        migrations.AlterField(
            model_name="homeentry",
            name="post",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="activities.post",
            ),
        ),
    ]
