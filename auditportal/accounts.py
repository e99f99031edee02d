"""Sign-in for staff: no sign-up, and mail goes through the portal's own queue."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffAccountAdapter(DefaultAccountAdapter):
    """People come from the staff import; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
