"""Sign-in for staff: nobody signs up, leavers stay out, and a mail server that is down is said plainly."""

import smtplib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone

from people.line_management import working
from people.models import User


class StaffAccountAdapter(DefaultAccountAdapter):
    """People come from the staff import; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> Any:
        """Refuse those who have left, or have not started yet, whatever their password."""
        if not working(user, today=timezone.localdate()):
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **kwargs)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send at once and keep no copy: a reset link must not stand in the record of mail."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, smtplib.SMTPException) as error:
            raise ImmediateHttpResponse(render(self.request, "account/mail_failed.html", status=503)) from error


class StaffBackend(AuthenticationBackend):
    """Sign-in by e-mail; whoever has left is out at the next click, not when the session ends (R36)."""

    def get_user(self, user_id: int) -> User | None:
        user = super().get_user(user_id)
        return user if user is not None and working(user, today=timezone.localdate()) else None
