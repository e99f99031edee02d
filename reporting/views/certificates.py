"""The certificate of a draw as a PDF, for those who run the programme and those who oversee it."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from allocation.views.access import draw_page, get_certified
from people.requests import StaffRequest
from people.roles import Permission
from reporting.draw_certificate import NoPdfError, certificate_pdf, file_name


@require_safe
@draw_page
def draw_certificate(request: StaffRequest, month: date, number: int) -> HttpResponse:
    """The certificate as a PDF; its name says month and number and nothing else."""
    draw = get_certified(request, month, number)
    try:
        made = certificate_pdf(draw, left_out=request.user.can(Permission.MANAGE_CYCLES))
    except NoPdfError as error:
        messages.error(request, str(error))
        return redirect("allocation:draw_detail", month, number)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{file_name(draw)}"'
    return response
