
import django.db.models.deletion
import safeconduct.terms.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('store', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Obligation',
            fields=[
                ('id', models.UUIDField(default=safeconduct.terms.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=100)),
                ('article', models.CharField(max_length=16)),
                ('trigger', models.CharField(max_length=64)),
                ('debtor', models.CharField(max_length=64)),
                ('creditor', models.CharField(max_length=64)),
                ('of_class', models.CharField(max_length=64)),
                ('of', models.UUIDField()),
                ('site', models.CharField(blank=True, max_length=256)),
                ('matched', models.CharField(max_length=600)),
                ('arose_at', models.DateTimeField()),
                ('claimed_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField()),
                ('remind_s', models.JSONField(default=list)),
                ('reminded', models.IntegerField(default=0)),
                ('state', models.CharField(default='open', max_length=16)),
                ('settled_at', models.DateTimeField(null=True)),
                ('settled_by', models.CharField(blank=True, max_length=64)),
                ('noted_at', models.DateTimeField(null=True)),
                ('late_s', models.IntegerField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('tabled', models.CharField(blank=True, max_length=200)),
                ('label', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='store.label')),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'due_at'], name='obligation_due'), models.Index(fields=['code', 'matched'], name='obligation_matched'), models.Index(fields=['of'], name='obligation_of')],
            },
        ),
    ]
