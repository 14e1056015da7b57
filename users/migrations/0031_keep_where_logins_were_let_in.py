import django.db.models.deletion
from django.db import migrations, models

_THOSE_WHO_ARE_IN = """
    INSERT INTO users_domainaccess (user_id, domain_id)
    SELECT DISTINCT a.user_id, i.domain_id
    FROM users_identityaccess a JOIN users_identity i ON i.id = a.identity_id
    WHERE a.is_owner AND i.domain_id IS NOT NULL
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    """A login may make an identity again where it was let in once. Fills the table from the identities that there are."""

    dependencies = [("users", "0030_drop_index_of_beginnings_of_names")]

    operations = [
        migrations.CreateModel(
            name="DomainAccess",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "domain",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="users.domain"),
                ),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="users.user")),
            ],
        ),
        migrations.AddConstraint(
            model_name="domainaccess",
            constraint=models.UniqueConstraint(fields=("user", "domain"), name="users_domain_access_pair"),
        ),
        migrations.RunSQL(_THOSE_WHO_ARE_IN, migrations.RunSQL.noop),
    ]
