from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    """The id of an alert derives from its presence already; the column stayed empty."""

    dependencies: ClassVar = [("watch", "0005_positions_by_site")]

    operations: ClassVar = [migrations.RemoveField(model_name="alert", name="presence")]
