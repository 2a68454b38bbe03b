from django.db import models
from django.utils import timezone


class Course(models.Model):
    slug = models.SlugField(max_length=120, unique=True)
    title = models.CharField(max_length=120)
    description = models.TextField(null=True)
    cover_image = models.ImageField(null=True)
    is_default = models.BooleanField(default=False)
    date_created = models.DateTimeField(auto_now_add=True)
    last_edit = models.DateTimeField(auto_now=True)
    creator_id = models.ForeignKey("creators.Creator", models.SET_NULL, null=True)
    client_course_id = models.CharField(max_length=64, null=True)
    sort_order = models.IntegerField(default=0)
    icon = models.IntegerField(null=True)


class CourseMedia(models.Model):
    title = models.CharField(max_length=120)
    description = models.CharField(max_length=255, null=True)
    image = models.ImageField(null=True)
    source = models.CharField(max_length=255, null=True)
    date_created = models.DateTimeField(auto_now_add=True)
    course_id = models.ForeignKey(Course, models.CASCADE)


class CourseSubscription(models.Model):
    is_active = models.BooleanField(default=True)
    subscribed_at = models.DateTimeField(default=timezone.now)
    last_opened_at = models.DateTimeField(null=True)
    date_created = models.DateTimeField(auto_now_add=True)
    last_edit = models.DateTimeField(auto_now=True)
    course_id = models.ForeignKey(Course, models.CASCADE)
    creator_id = models.ForeignKey("creators.Creator", models.CASCADE)

    class Meta:
        unique_together = [("creator_id", "course_id")]


class CourseOperationLog(models.Model):
    operation_type = models.CharField(max_length=16)
    metadata_json = models.TextField(default="")
    occurred_at = models.DateTimeField(default=timezone.now)
    date_created = models.DateTimeField(auto_now_add=True)
    course_id = models.ForeignKey(Course, models.CASCADE)
    creator_id = models.ForeignKey("creators.Creator", models.CASCADE)
