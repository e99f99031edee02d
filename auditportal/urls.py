"""Every address of the portal. A pattern without a row in the access matrix fails the build."""

from allauth.account import views as account
from django.urls import include, path, re_path

from auditportal import pages

urlpatterns = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("password/change/", account.password_change, name="account_change_password"),
    path("sign-up/", account.signup, name="account_signup"),  # answers that nobody signs up; allauth names it
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/signed-in-again/", account.reauthenticate, name="account_reauthenticate"),
    path("health", pages.health, name="health"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("", include("reporting.urls")),
    path("", include("people.urls")),
    path("", include("audits.urls")),
    path("", include("allocation.urls")),
]

handler400 = "auditportal.pages.bad_request"
handler403 = "auditportal.pages.forbidden"
handler404 = "auditportal.pages.not_found"
handler500 = "auditportal.pages.server_error"
