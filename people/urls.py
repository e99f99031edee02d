"""Addresses of the people pages."""

from django.urls import URLPattern, URLResolver, path

from people.views import records, staff, staff_import

app_name = "people"
urlpatterns: list[URLPattern | URLResolver] = [
    path("people/", staff.people_list, name="list"),
    path("people/<int:pk>/", staff.detail, name="detail"),
    path("people/import/", staff_import.import_staff, name="import_staff"),
    path("people/import/<int:pk>/", staff_import.import_preview, name="import_preview"),
    path("people/import/<int:pk>/columns/", staff_import.import_columns, name="import_columns"),
    path("mail/", records.mail, name="mail"),
    path("mail/<int:pk>/", records.mail_detail, name="mail_detail"),
    path("activity/", records.activity, name="activity"),
]
