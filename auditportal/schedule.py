"""The whole timetable, in words. Times are UTC; nothing runs only from 23:00 to 24:00, where clocks change."""

from celery.schedules import crontab

TIMETABLE = {
    # Every five minutes: reminders and escalations that have fallen due become mail rows.
    "chase what is due": {
        "task": "allocation.tasks.chase_what_is_due",
        "schedule": crontab(minute="*/5"),
    },
    # Every hour from 05:00 to 20:00: on the first working day of the month, propose this month's draw (once).
    "propose this month's draw": {
        "task": "allocation.tasks.propose_this_months_draw",
        "schedule": crontab(minute="10", hour="5-20"),
    },
    # Every hour: audits that wait for the signature of a worker who has left go on.
    "settle Part Bs": {
        "task": "audits.tasks.settle_part_bs",
        "schedule": crontab(minute="20"),
    },
    # Every minute: send queued mail, in case the mail sender process is down.
    "send queued mail": {
        "task": "people.tasks.send_queued_mail",
        "schedule": crontab(minute="*"),
    },
    # Every five seconds: the reports that wait for it are built, so that nobody waits long for a PDF. A tick that no
    # worker took in time is dropped; a build that was lost with its worker is taken up again after ten minutes.
    "build waiting reports": {
        "task": "reporting.tasks.build_waiting_reports",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
}
