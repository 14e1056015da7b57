from django.db import migrations


class Migration(migrations.Migration):
    """The models have other names; the tables keep their own. The worker inserts a row for each job under its new name."""

    dependencies = [("users", "0037_index_blocked_hosts_that_are_due"), ("stator", "0002_call_tallies_counts")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("DomainFigures", "DomainStats"),
                migrations.AlterModelTable("domainstats", "users_domainfigures"),
                migrations.RenameModel("ServerFigures", "ServerStats"),
                migrations.AlterModelTable("serverstats", "users_serverfigures"),
            ]
        ),
        migrations.RunSQL(
            "DELETE FROM stator_job WHERE name IN ('users.domain_figures', 'users.server_figures', 'users.forgotten_strangers', 'users.old_undone')",
            migrations.RunSQL.noop,
        ),
    ]
