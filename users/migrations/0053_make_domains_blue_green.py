from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0052_keep_policies_by_visibility")]

    operations = [
        migrations.AlterField(
            model_name="domain",
            name="accent_color",
            field=models.CharField(default="#0f6b78", max_length=7),
        ),
    ]
