import datetime

from django.db import models


def today():
    return datetime.datetime.now(datetime.timezone.utc).date()


class PlannerEvent(models.Model):
    title = models.CharField(max_length=120)
    event_date = models.DateField(default=today)
    difficulty_weight = models.PositiveIntegerField(default=1)
    description = models.CharField(max_length=255, null=True)
    date_created = models.DateTimeField(auto_now_add=True)
    last_edit = models.DateTimeField(auto_now=True)
    course_id = models.ForeignKey("courses.Course", models.SET_NULL, null=True)
    creator_id = models.ForeignKey("creators.Creator", models.CASCADE)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    is_completed = models.BooleanField(default=False)


class HeatmapActivity(models.Model):
    activity_type = models.CharField(max_length=1, default="E")
    activity_date = models.DateField(default=today)
    word_count = models.PositiveIntegerField(default=0)
    date_created = models.DateTimeField(auto_now_add=True)
    course_id = models.ForeignKey("courses.Course", models.SET_NULL, null=True)
    creator_id = models.ForeignKey("creators.Creator", models.CASCADE)
    note_id = models.ForeignKey("notes.Note", models.CASCADE)


class CalendarFeed(models.Model):
    title = models.CharField(max_length=120)
    source_kind = models.CharField(max_length=1, default="I")
    source_url = models.URLField(null=True)
    raw_ical = models.TextField(default="")
    is_enabled = models.BooleanField(default=True)
    last_sync = models.DateTimeField(null=True)
    date_created = models.DateTimeField(auto_now_add=True)
    last_edit = models.DateTimeField(auto_now=True)
    course_id = models.ForeignKey("courses.Course", models.SET_NULL, null=True)
    creator_id = models.ForeignKey("creators.Creator", models.CASCADE)
