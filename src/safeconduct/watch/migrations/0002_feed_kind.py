from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("watch", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField("feed", "kind", models.CharField(default="http", max_length=32)),
        migrations.AddField("feed", "settings", models.JSONField(default=dict)),
    ]
