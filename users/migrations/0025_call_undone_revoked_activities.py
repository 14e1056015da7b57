from django.db import migrations


class Migration(migrations.Migration):
    """The model has another name; the table keeps its own."""

    dependencies = [
        ("users", "0024_keep_figures_of_domains"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("Undone", "RevokedActivity"),
                migrations.AlterModelTable("revokedactivity", "users_undone"),
            ]
        )
    ]
