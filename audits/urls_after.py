"""Addresses of the pages that come after an audit; part of audits.urls."""

from django.urls import URLPattern, URLResolver, path

from audits.views import (
    action_pages,
    calibration,
    concerns,
    disputes,
    moderation,
    notices,
    part_b,
    part_b_saving,
    several_actions,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("audits/<str:reference>/concern/", concerns.raise_concern, name="raise_concern"),
    path("concerns/", concerns.concerns, name="concerns"),
    path("concerns/<int:pk>/", concerns.concern, name="concern"),
    path("audits/<str:reference>/part-b/", part_b.part_b, name="part_b"),
    path("audits/<str:reference>/part-b/save/", part_b_saving.save_part_b, name="save_part_b"),
    path("audits/<str:reference>/part-b/send-back/<str:side>/", part_b.send_back, name="send_back_part_b"),
    path("audits/<str:reference>/disagree/", disputes.disagree, name="disagree"),
    path("audits/<str:reference>/disagreement/", disputes.disagreement, name="disagreement"),
    path("audits/<str:reference>/disagreement/take-back/", disputes.take_back_dispute, name="take_back_dispute"),
    path("audits/<str:reference>/disagreement/review/", disputes.review_session, name="review_session"),
    path("audits/<str:reference>/disagreement/mediation/", disputes.ask_mediation, name="ask_mediation"),
    path("audits/<str:reference>/disagreement/decide/", disputes.decide_mediation, name="decide_mediation"),
    path("audits/<str:reference>/moderate/", moderation.moderate, name="moderate"),
    path("calibration/", calibration.calibrations, name="calibrations"),
    path("calibration/new/", calibration.new_calibration, name="new_calibration"),
    path("calibration/<int:pk>/", calibration.calibration_round, name="calibration_round"),
    path("notices/", notices.notices, name="notices"),
    path("notices/<int:pk>/", notices.notice, name="notice"),
    path("actions/", action_pages.actions, name="actions"),
    path("actions/overdue/", action_pages.overdue, name="overdue_actions"),
    path("actions/together/", several_actions.several_actions, name="several_actions"),
    path("actions/<int:pk>/", action_pages.action, name="action"),
    path("actions/<int:pk>/verify/", action_pages.action_step, {"step": "verify"}, name="verify_action"),
    path("actions/<int:pk>/send-back/", action_pages.action_step, {"step": "send-back"}, name="send_back_action"),
    path("actions/<int:pk>/deadline/", action_pages.action_step, {"step": "deadline"}, name="move_action"),
    path("actions/<int:pk>/give/", action_pages.action_step, {"step": "give"}, name="give_action"),
    path("actions/<int:pk>/look-back/", action_pages.action_step, {"step": "look-back"}, name="look_back_on_action"),
]
