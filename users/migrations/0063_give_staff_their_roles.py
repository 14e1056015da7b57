"""The roles of those who ran the server before: the ones that allow the same, on the whole server."""

from typing import Any

from django.db import migrations

_MODERATOR, _ADMIN, _OWNER = 1, 2, 3
# as users/roles/models.py had them when this was written
_BUILT_IN = {
    _MODERATOR: ("Moderator", 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x100 | 0x200 | 0x400 | 0x800 | 0x10000),
    _ADMIN: ("Admin", 0xF7FFE),
    _OWNER: ("Owner", 0x1),
}


def give(apps: Any, schema_editor: Any) -> None:
    user = apps.get_model("users", "User")
    role = apps.get_model("users", "Role")
    grant = apps.get_model("users", "RoleGrant")
    staff = user._base_manager.filter(role__in=["moderator", "admin"]).order_by("pk")
    for login in staff:
        role_id = _OWNER if login.role == "admin" else _MODERATOR
        name, permissions = _BUILT_IN[role_id]
        role._base_manager.get_or_create(
            id=role_id, defaults={"name": name, "permissions": permissions, "is_highlighted": True}
        )
        grant._base_manager.get_or_create(user_id=login.pk, domain=None, defaults={"role_id": role_id})
        user._base_manager.filter(pk=login.pk).update(rights={"*": permissions}, is_staff=True)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("users", "0062_hold_roles"),
    ]

    operations = [
        migrations.RunPython(give, migrations.RunPython.noop),
    ]
