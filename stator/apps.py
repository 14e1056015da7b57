from django.apps import AppConfig


class StatorConfig(AppConfig):
    name = "stator"
