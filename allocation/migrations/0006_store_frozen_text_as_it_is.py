from django.db import migrations


class Migration(migrations.Migration):
    """The frozen text of a draw is stored as it is: to compress it takes longer than all other storing together."""

    dependencies = [
        ("allocation", "0005_overtaken_requests"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE allocation_draw ALTER COLUMN inputs SET STORAGE EXTERNAL",
            "ALTER TABLE allocation_draw ALTER COLUMN inputs SET STORAGE EXTENDED",
        ),
    ]
