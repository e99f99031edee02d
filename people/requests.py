"""The request of somebody who is signed in: the login middleware has seen to that before any view runs."""

from django.http import HttpRequest

from people.models import User


class StaffRequest(HttpRequest):
    """An HttpRequest whose user is a member of staff; for annotations."""

    user: User
