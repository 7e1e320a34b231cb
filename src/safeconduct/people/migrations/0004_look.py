import django.db.models.deletion
import safeconduct.terms.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0003_phones'),
        ('store', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Look',
            fields=[
                ('id', models.UUIDField(default=safeconduct.terms.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reader', models.CharField(max_length=150)),
                ('party', models.CharField(max_length=64)),
                ('role', models.CharField(max_length=64)),
                ('of_class', models.CharField(max_length=64)),
                ('of', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('what', models.CharField(max_length=32)),
                ('label', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.label')),
            ],
            options={
                'indexes': [models.Index(fields=['of', 'at'], name='people_looks_of'), models.Index(fields=['reader', 'at'], name='people_looks_by')],
            },
        ),
    ]
