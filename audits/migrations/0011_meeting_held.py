from django.db import migrations, models

STATE = models.CharField(choices=[('offered', 'Times offered'), ('agreed', 'Agreed'), ('held', 'Took place'), ('moved', 'Moved'), ('called_off', 'Called off')], default='offered', max_length=12)


class Migration(migrations.Migration):

    dependencies = [
        ('audits', '0010_shared_in_the_portal'),
    ]

    operations = [
        migrations.AlterField(model_name='meeting', name='state', field=STATE),
        migrations.AlterField(model_name='meetingevent', name='state', field=STATE.clone()),
    ]
