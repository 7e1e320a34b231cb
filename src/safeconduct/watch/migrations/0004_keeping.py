from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models

import safeconduct.terms.ids


def _marked() -> list[tuple[str, Any]]:
    """The columns that every released row has."""
    key = models.UUIDField(default=safeconduct.terms.ids.new_id, editable=False, primary_key=True, serialize=False)
    label = models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="store.label")
    return [("id", key), ("site", models.CharField(max_length=256)), ("label", label)]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("store", "0001_initial"), ("watch", "0003_shelf")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Question",
            fields=[
                *_marked(),
                ("place", models.CharField(blank=True, max_length=256)),
                ("lon", models.FloatField()),
                ("lat", models.FloatField()),
                ("radius_m", models.FloatField()),
                ("begin", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("at_least_s", models.FloatField()),
                ("reason", models.TextField()),
                ("by", models.CharField(max_length=150)),
                ("asked_at", models.DateTimeField()),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                *_marked(),
                ("alert", models.UUIDField(null=True)),
                ("begin", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("reason", models.TextField()),
                ("by", models.CharField(max_length=150)),
                ("held_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Expiry",
            fields=[
                *_marked(),
                ("day", models.CharField(max_length=16)),
                ("files", models.PositiveIntegerField()),
                ("rows", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("expired_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("site", "day", "sha256"), name="watch_expiry_once")]
            },
        ),
    ]
