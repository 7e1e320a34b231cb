from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import safeconduct.terms.ids


class Migration(migrations.Migration):
    dependencies: ClassVar = [("store", "0001_initial"), ("watch", "0002_feed_kind")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Shelf",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=safeconduct.terms.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("site", models.CharField(max_length=256)),
                ("ring", models.CharField(blank=True, max_length=16)),
                ("kind", models.CharField(max_length=32)),
                ("alert", models.UUIDField(null=True)),
                ("critical", models.BooleanField(default=False)),
                ("reason", models.TextField()),
                ("by", models.CharField(max_length=150)),
                ("begin", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("end_reason", models.CharField(blank=True, max_length=16)),
                (
                    "label",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="store.label"),
                ),
            ],
            options={"indexes": [models.Index(fields=["ended_at", "until"], name="watch_shelf_standing")]},
        ),
    ]
