"""Addresses of the people pages."""

from django.urls import URLPattern, URLResolver, path

from people.views import holidays, joiners_leavers, own_months, records, staff, staff_import

app_name = "people"
urlpatterns: list[URLPattern | URLResolver] = [
    path("people/", staff.people_list, name="list"),
    path("people/new/", joiners_leavers.add_person, name="add_person"),
    path("people/<int:pk>/", staff.detail, name="detail"),
    path("people/<int:pk>/leaves/", joiners_leavers.leaves, name="leaves"),
    path("people/<int:pk>/stays/", joiners_leavers.stays, name="stays"),
    path("people/<int:pk>/away/", own_months.add_absence, name="add_absence"),
    path("people/<int:pk>/away/<int:absence>/remove/", own_months.remove_absence, name="remove_absence"),
    path("people/<int:pk>/auditing/", own_months.auditing, name="auditing"),
    path("people/import/", staff_import.import_staff, name="import_staff"),
    path("people/import/<int:pk>/", staff_import.import_preview, name="import_preview"),
    path("people/import/<int:pk>/columns/", staff_import.import_columns, name="import_columns"),
    path("days-off/", holidays.holidays, name="holidays"),
    path("days-off/remove/", holidays.remove_closure, name="remove_closure"),
    path("mail/", records.mail, name="mail"),
    path("mail/<int:pk>/", records.mail_detail, name="mail_detail"),
    path("activity/", records.activity, name="activity"),
]
