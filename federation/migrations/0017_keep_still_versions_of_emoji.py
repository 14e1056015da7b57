from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("federation", "0016_index_leased_files")]

    operations = [
        migrations.AlterField(
            model_name="remotefile",
            name="kind",
            field=models.CharField(
                choices=[
                    ("attachment", "Attachment"),
                    ("avatar", "Avatar"),
                    ("header", "Header"),
                    ("emoji", "Emoji"),
                    ("still", "Still"),
                    ("card", "Card"),
                ],
                max_length=10,
            ),
        ),
    ]
