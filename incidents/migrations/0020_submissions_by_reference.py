"""Submissions are found by the id that their organisation gave them; each one sent again looked at all that it sent."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0019_pairs_over_the_api'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='submission',
            name='external_scheme',
            field=models.SlugField(blank=True, db_index=False, default='', max_length=40),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(fields=['organisation', 'external_scheme', 'external_key', 'id'], name='submission_of_reference'),
        ),
    ]
