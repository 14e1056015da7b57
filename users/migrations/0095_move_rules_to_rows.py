"""The rules that domains had: each keeps the id that reports name, which was its own or its place in the list."""

from typing import Any

from django.db import migrations

from core.ids import new_id


def move(apps: Any, schema_editor: Any) -> None:
    domain = apps.get_model("users", "Domain")
    rule = apps.get_model("users", "Rule")
    for domain_id, rules in domain._base_manager.order_by("pk").values_list("pk", "rules"):
        for place, stored in enumerate(rules, start=1):
            words = stored if isinstance(stored, dict) else {"text": stored}
            own = str(words.get("id", place))
            number = int(own) if own.isdecimal() and 0 < len(own) < 10 else place
            rule._base_manager.get_or_create(
                domain_id=domain_id,
                number=number,
                defaults={
                    "id": new_id(),
                    "place": place,
                    "text": str(words.get("text", "")),
                    "hint": str(words.get("hint", "")),
                },
            )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("users", "0094_give_rules_rows")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
