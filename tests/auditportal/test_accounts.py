"""Sign in, sign out, reset a password."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from auditportal.logs import Discreet
from people.models import User
from tests.factories import PASSWORD, UserFactory
from tools.mail_catcher import MailSink

pytestmark = pytest.mark.django_db


def sign_in(client: Client, user: User, password: str = PASSWORD) -> Any:
    return client.post(reverse("account_login"), {"login": user.email, "password": password})


class TestSignIn:
    def test_works_with_the_email_in_any_case(self, client: Client, worker: User) -> None:
        answer = client.post(reverse("account_login"), {"login": worker.email.upper(), "password": PASSWORD})
        assert (answer.status_code, answer["Location"]) == (302, "/")

    def test_says_what_is_wrong_without_saying_who_exists(self, client: Client, worker: User) -> None:
        wrong = sign_in(client, worker, "not this one").content.decode()
        unknown = client.post(reverse("account_login"), {"login": "nobody@x.example", "password": "p"}).content.decode()
        found = [re.findall(r"govuk-error-summary__list.*?</ul>", page, re.S) for page in (wrong, unknown)]
        assert found[0]
        assert found[0] == found[1]

    def test_refuses_people_who_have_left(self, client: Client) -> None:
        leaver = UserFactory(leave_date=date(2020, 1, 1))
        answer = sign_in(client, leaver)
        assert answer["Location"] == reverse("account_inactive")
        assert "_auth_user_id" not in client.session

    def test_ends_at_the_next_click_for_somebody_who_leaves(self, client: Client, worker: User) -> None:
        client.force_login(worker)
        assert client.get("/").status_code == 200
        User.objects.filter(pk=worker.pk).update(leave_date=date(2020, 1, 1))
        assert client.get("/")["Location"].startswith(reverse("account_login"))

    def test_is_asked_for_on_every_other_page(self, client: Client) -> None:
        answer = client.get(reverse("audits:list"))
        assert answer["Location"].startswith(reverse("account_login"))

    def test_nobody_signs_up(self, client: Client) -> None:
        client.post(reverse("account_signup"), {"email": "new@x.example", "password1": "a long pass phrase"})
        assert not User.objects.filter(email="new@x.example").exists()


class TestPasswordReset:
    @pytest.fixture
    def sink(self, settings: Any) -> Iterator[MailSink]:
        with MailSink() as server:
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT = server.address
            yield server

    def test_sends_a_link_that_sets_a_new_password(self, client: Client, worker: User, sink: MailSink) -> None:
        client.post(reverse("account_reset_password"), {"email": worker.email})
        text = sink.wait_for(1)[0].get_content()
        link = re.search(r"/password/reset/key/\S+", text)
        assert link
        form = client.get(link.group(), follow=True)
        new = "another long pass phrase"
        client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
        assert sign_in(client, worker, new).status_code == 302

    def test_says_so_when_the_mail_server_is_down(self, client: Client, worker: User, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        answer = client.post(reverse("account_reset_password"), {"email": worker.email})
        assert answer.status_code == 503
        assert "could not be sent" in answer.content.decode()


class TestLog:
    def test_leaves_out_what_a_database_error_quotes(self) -> None:
        line = Discreet("%(message)s")
        name = " ".join(["Robin", "Sample"])  # a traceback quotes the line, too
        try:
            User.objects.create(name=name, email="r@x.example", job_role="iro", start_date=date(2020, 1, 2))
            User.objects.filter(name=name).update(leave_date=date(2019, 1, 1))
        except IntegrityError:
            text = line.formatException(sys.exc_info())
        assert "user_leaves_after_start" in text
        assert name not in text
        assert "DETAIL: left out" in text
