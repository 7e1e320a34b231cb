from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import safeconduct.terms.ids

COLUMNS = ("kind", "lon", "lat", "state", "seen_at", "sensor", "track", "ring")


class Migration(migrations.Migration):
    """One row a site instead of one a vehicle. The picture is made anew within seconds, so none is carried over."""

    dependencies: ClassVar = [("store", "0001_initial"), ("watch", "0004_keeping")]

    operations: ClassVar = [
        migrations.DeleteModel(name="Position"),
        migrations.CreateModel(
            name="Position",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=safeconduct.terms.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                *((name, models.TextField()) for name in COLUMNS),
                ("site", models.CharField(max_length=256)),
                (
                    "label",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="store.label"),
                ),
            ],
            options={"abstract": False},
        ),
    ]
