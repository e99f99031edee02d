from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audits', '0009_late_texts_wait'),
    ]

    operations = [
        migrations.AlterField(
            model_name='share',
            name='how',
            field=models.CharField(choices=[('portal', 'Available in the portal'), ('document', 'Given the document'), ('meeting', 'Talked over with them')], max_length=10),
        ),
    ]
