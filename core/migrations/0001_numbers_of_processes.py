from django.db import migrations


class Migration(migrations.Migration):
    """Each process takes the next number of this sequence, and makes ids that differ from those of the others (core/ids.py)."""

    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE IF NOT EXISTS takahe_node", reverse_sql="DROP SEQUENCE IF EXISTS takahe_node"
        ),
    ]
