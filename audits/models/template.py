"""Grading scales and audit templates: versions, sections, standards, guidance. A used version never changes."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from people.models import User


class GradingScale(models.Model):
    """A scale, best grade first; what is urgent and what counts as good is part of it (G1, G3)."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class Grade(models.Model):
    """One point of a scale."""

    scale = models.ForeignKey(GradingScale, on_delete=models.CASCADE, related_name="grades")
    code = models.CharField(max_length=40)
    label = models.CharField(max_length=60)
    order = models.PositiveSmallIntegerField()  # higher is better
    score = models.DecimalField(max_digits=4, decimal_places=2, null=True, blank=True)
    is_good = models.BooleanField()
    is_urgent = models.BooleanField()
    colour = models.CharField(max_length=20)
    descriptor = ArrayField(models.TextField(), default=list)

    class Meta:
        ordering = ["scale", "-order"]
        constraints = [
            models.UniqueConstraint(F("scale"), F("code"), name="grade_code_once_per_scale"),
            models.UniqueConstraint(F("scale"), F("order"), name="grade_order_once_per_scale"),
            models.CheckConstraint(condition=~(Q(is_good=True) & Q(is_urgent=True)), name="grade_not_good_and_urgent"),
        ]

    def __str__(self) -> str:
        return self.label


class AuditTemplate(models.Model):
    """A question set for one kind of audit. HTML lives in templates/; this is what auditors call the form."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=40, default="case_file")

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """A version of a template: immutable once an audit uses it, and an audit keeps the one it was begun with."""

    template = models.ForeignKey(AuditTemplate, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    scale = models.ForeignKey(GradingScale, on_delete=models.PROTECT, related_name="versions")
    overall_grade = models.BooleanField(default=True)
    closing = models.JSONField(default=list)  # the closing questions: code, label, hint, required
    outcome_question = models.JSONField(default=dict)
    grading_guidance = ArrayField(models.TextField(), default=list)
    reflection_questions = models.JSONField(default=list)
    source_note = models.TextField(blank=True)
    content_sha256 = models.CharField(max_length=64)
    document = models.JSONField(default=dict)  # the whole of it in the shape of a template file, for comparing
    note = models.TextField(blank=True)  # what changed against the version before
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="templates_published"
    )
    retired_at = models.DateTimeField(null=True, blank=True)  # no new audit begins with it
    retired_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="templates_retired"
    )

    class Meta:
        ordering = ["template", "-number"]
        constraints = [models.UniqueConstraint(F("template"), F("number"), name="version_number_once")]

    def __str__(self) -> str:
        return f"{self.template}, version {self.number}"


class Section(models.Model):
    """A section of a version: graded as a whole, made of key standards."""

    version = models.ForeignKey(TemplateVersion, on_delete=models.CASCADE, related_name="sections")
    code = models.CharField(max_length=20)
    number = models.CharField(max_length=10)
    order = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    short_title = models.CharField(max_length=60)
    is_safety = models.BooleanField(default=False)
    is_impact = models.BooleanField(default=False)
    rationale_prompt = models.TextField(blank=True)
    rationale_prompt_18_plus = models.TextField(blank=True)  # wording for care leavers (A8)
    only_for_plans = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # none: for every plan
    from_age = models.PositiveSmallIntegerField(null=True, blank=True)  # years
    to_age = models.PositiveSmallIntegerField(null=True, blank=True)  # years, this one included

    class Meta:
        ordering = ["version", "order"]
        constraints = [
            models.UniqueConstraint(F("version"), F("code"), name="section_code_once"),
            models.UniqueConstraint(F("version"), F("order"), name="section_order_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class Standard(models.Model):
    """A key standard. Its code stays across versions so that years compare."""

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="standards")
    code = models.CharField(max_length=20)
    order = models.PositiveSmallIntegerField()
    text = models.TextField()
    text_18_plus = models.TextField(blank=True)  # wording for care leavers (A8)
    hint = models.TextField(blank=True)
    only_for_plans = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # none: for every plan
    from_age = models.PositiveSmallIntegerField(null=True, blank=True)  # years
    to_age = models.PositiveSmallIntegerField(null=True, blank=True)  # years, this one included

    class Meta:
        ordering = ["section", "order"]
        constraints = [models.UniqueConstraint(F("section"), F("code"), name="standard_code_once")]

    def __str__(self) -> str:
        return self.code


class GuidanceArea(models.Model):
    """An area of guidance factors, shown beside the sections it belongs to (A7)."""

    version = models.ForeignKey(TemplateVersion, on_delete=models.CASCADE, related_name="guidance_areas")
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=150)
    order = models.PositiveSmallIntegerField()
    only_for_plans = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    sections = models.ManyToManyField(Section, related_name="guidance_areas")
    factors = models.JSONField(default=list)  # number, text, examples

    class Meta:
        ordering = ["version", "order"]
        constraints = [models.UniqueConstraint(F("version"), F("code"), name="guidance_code_once")]

    def __str__(self) -> str:
        return self.title


class TemplateDraft(models.Model):
    """A template version that is still being made: a document in the shape of a template file, saved whole."""

    code = models.CharField(max_length=60)  # of the template it will be a version of, new or there already
    name = models.CharField(max_length=150)
    based_on = models.ForeignKey(
        TemplateVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="drafts"
    )
    document = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)  # up with each save, so that two tabs cannot undo each other
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="template_drafts_made")
    made_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="template_drafts_changed")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-changed_at", "-pk"]
        constraints = [models.UniqueConstraint(F("code"), name="one_draft_per_template")]

    def __str__(self) -> str:
        return f"Draft of {self.name}"
