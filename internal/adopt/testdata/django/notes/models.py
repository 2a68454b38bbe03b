import uuid

from django.db import models
from django.utils import timezone


class Note(models.Model):
    sharing_id = models.CharField(max_length=36, unique=True)
    title = models.CharField(max_length=100, default="Untitled Ep")
    description = models.CharField(max_length=600, null=True)
    date_created = models.DateTimeField(auto_now_add=True)
    last_edit = models.DateTimeField(auto_now=True)
    creator_id = models.ForeignKey("creators.Creator", models.CASCADE)
    course_id = models.ForeignKey("courses.Course", models.SET_NULL, null=True)
    content = models.TextField(default="")
    editor_mode = models.CharField(max_length=1, default="P")
    metadata_json = models.TextField(default="")
    is_public = models.BooleanField(default=False)
    client_draft_id = models.CharField(max_length=64, null=True)
    deleted_at = models.DateTimeField(null=True)
    note_type = models.CharField(max_length=1, default="N")
    source_note = models.ForeignKey("self", models.SET_NULL, null=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    cover_image = models.ImageField(null=True)
    custom_meta = models.TextField(default="")


class NoteBlock(models.Model):
    block_type = models.CharField(max_length=1, default="N")
    image = models.ImageField(null=True)
    file = models.FileField(null=True)
    is_AI_generated = models.BooleanField()
    text = models.TextField(null=True)
    args = models.CharField(max_length=256, null=True)
    date_created = models.DateTimeField(auto_now_add=True)
    last_edit = models.DateTimeField(auto_now=True)
    creator_id = models.ForeignKey("creators.Creator", models.CASCADE)
    note_id = models.ForeignKey(Note, models.CASCADE, null=True)


class NoteIndex(models.Model):
    index = models.IntegerField()
    note_id = models.ForeignKey(Note, models.CASCADE)
    noteblock_id = models.ForeignKey(NoteBlock, models.CASCADE)


class NoteVersion(models.Model):
    title = models.CharField(max_length=100)
    description = models.CharField(max_length=600, null=True)
    content = models.TextField(default="")
    metadata_json = models.TextField(default="")
    editor_mode = models.CharField(max_length=1, default="P")
    reason = models.CharField(max_length=32, default="manual")
    date_created = models.DateTimeField(auto_now_add=True)
    creator_id = models.ForeignKey("creators.Creator", models.CASCADE)
    note_id = models.ForeignKey(Note, models.CASCADE)


class RecycleBinEntry(models.Model):
    item_type = models.CharField(max_length=16, default="note")
    deleted_at = models.DateTimeField(default=timezone.now)
    metadata_json = models.TextField(default="")
    date_created = models.DateTimeField(auto_now_add=True)
    last_edit = models.DateTimeField(auto_now=True)
    creator_id = models.ForeignKey("creators.Creator", models.CASCADE)
    note_id = models.ForeignKey(Note, models.CASCADE)


class NoteAttachment(models.Model):
    id = models.AutoField(primary_key=True)
    file = models.FileField()
    original_filename = models.CharField(max_length=255)
    file_size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=128, default="")
    date_created = models.DateTimeField(auto_now_add=True)
    note_id = models.ForeignKey(Note, models.CASCADE)


class NoteActivitySession(models.Model):
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=255, default="")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    date_created = models.DateTimeField(auto_now_add=True)
    last_edit = models.DateTimeField(auto_now=True)
    creator_id = models.ForeignKey("creators.Creator", models.CASCADE)
    note_id = models.ForeignKey(Note, models.CASCADE)
