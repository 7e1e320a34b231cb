from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('movements', '0005_disclosures'),
    ]

    operations = [
        migrations.AddField(
            model_name='movement',
            name='said',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='progress',
            name='border',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='progress',
            name='borders',
            field=models.JSONField(default=list),
        ),
    ]
