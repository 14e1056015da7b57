from django.db import migrations


class Migration(migrations.Migration):
    """The model has another name; the table keeps its own."""

    dependencies = [("stator", "0001_heartbeats_jobs_tallies")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RenameModel("Tally", "StateCounts")])
    ]
