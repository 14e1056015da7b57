from django.apps import AppConfig


class StatorTestsConfig(AppConfig):
    name = "tests.stator.app"
    label = "stator_tests"
    default_auto_field = "django.db.models.BigAutoField"
