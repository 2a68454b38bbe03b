"""Makes a database of the former system with so many notes: make.py postgres://…|FILE.sqlite3 NUMBER"""

import datetime
import os
import random
import sys
import urllib.parse

address, number = sys.argv[1], int(sys.argv[2])
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import django
from django.conf import settings

database = {"ENGINE": "django.db.backends.sqlite3", "NAME": address}
if address.startswith("postgres"):
    url = urllib.parse.urlsplit(address)
    options = dict(urllib.parse.parse_qsl(url.query))
    database = {
        "ENGINE": "django.db.backends.postgresql", "NAME": url.path.lstrip("/"), "USER": url.username or "",
        "PASSWORD": url.password or "", "HOST": options.pop("host", url.hostname or ""), "PORT": url.port or options.pop("port", ""),
        "OPTIONS": options,
    }
settings.configure(
    DATABASES={"default": database}, USE_TZ=True, TIME_ZONE="UTC", SECRET_KEY="none", DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.admin", "django.contrib.messages",
                    "django.contrib.sessions", "authtoken", "creators", "courses", "notes", "planner"],
    SILENCED_SYSTEM_CHECKS=["admin.E403", "admin.E408", "admin.E409", "admin.E410", "fields.E210", "fields.W340"],
)
django.setup()

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction

from courses.models import Course, CourseSubscription
from creators.models import Creator, Session
from notes.models import Note, NoteBlock, NoteIndex, NoteVersion
from planner.models import CalendarFeed, HeatmapActivity, PlannerEvent

call_command("migrate", verbosity=0)
call_command("migrate", run_syncdb=True, verbosity=0)
random.seed(1)
WORDS = "the cell wall keeps water and energy für alle Größen 数学 is a derivative of function that nobody has read yet".split()


def text(words):
    return " ".join(random.choice(WORDS) for _ in range(words))


def paragraphs(n):
    return "\n\n".join(text(60) for _ in range(n))


PEOPLE = max(number // 1000, 3)
password = make_password("Old-Pass-1")
with transaction.atomic():
    users = User.objects.bulk_create(User(username=f"user{i}", email=f"user{i}@example.org", password=password) for i in range(PEOPLE))
    users = list(User.objects.order_by("id"))
    Creator.objects.bulk_create(Creator(user_id=u, motto=text(5)) for u in users)
    creators = list(Creator.objects.order_by("id"))
    Session.objects.bulk_create(Session(user=u, key=f"{u.id:040x}", device_label="Linux") for u in users)
    Course.objects.bulk_create(Course(slug=f"inbox-{c.id}", title="Inbox", is_default=True, creator_id=c) for c in creators)
    Course.objects.bulk_create(Course(slug=f"course-{c.id}", title=f"Course {c.id}", description="", creator_id=c) for c in creators)
    courses = {c.creator_id_id: c for c in Course.objects.filter(is_default=False)}
    CourseSubscription.objects.bulk_create(CourseSubscription(course_id=courses[creators[0].id], creator_id=c) for c in creators[1:])
    PlannerEvent.objects.bulk_create(
        PlannerEvent(title=f"Event {i}", creator_id=random.choice(creators),
                     starts_at=datetime.datetime(2026, 12, 1 + i % 28, 9, tzinfo=datetime.timezone.utc)) for i in range(number // 10))
    CalendarFeed.objects.bulk_create(
        CalendarFeed(title="Feed", creator_id=c, raw_ical="BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201T100000Z\r\n"
                     "SUMMARY:Lecture\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n") for c in creators)

BATCH = 2000
for begin in range(0, number, BATCH):
    with transaction.atomic():
        notes = []
        for i in range(begin, min(begin + BATCH, number)):
            creator = random.choice(creators)
            title = f"Note {i}"
            body = paragraphs(random.randint(1, 6))
            notes.append(Note(
                sharing_id=f"s{i:09d}", title=title, description="", creator_id=creator, course_id=courses[creator.id],
                content="" if i % 50 == 0 else f"# {title}\n\n{body}", is_public=i % 5 == 0, custom_meta='{"i": %d}' % i))
        Note.objects.bulk_create(notes)
        notes = list(Note.objects.filter(sharing_id__gte=f"s{begin:09d}", sharing_id__lt=f"s{begin + BATCH:09d}").order_by("id"))
        blocks = []
        for note in notes:
            blocks.append(NoteBlock(block_type="T", text=note.title, is_AI_generated=False, creator_id_id=note.creator_id_id, note_id=note))
            body = note.content.split("\n\n", 1)[1] if note.content else paragraphs(2)
            blocks.append(NoteBlock(block_type="N", text=body, is_AI_generated=False, creator_id_id=note.creator_id_id, note_id=note))
        NoteBlock.objects.bulk_create(blocks)
        stored = NoteBlock.objects.filter(note_id__in=[n.id for n in notes]).order_by("id").values_list("id", "note_id_id", "block_type")
        NoteIndex.objects.bulk_create(
            NoteIndex(index=0 if kind == "T" else 1, note_id_id=note, noteblock_id_id=block) for block, note, kind in stored)
        NoteVersion.objects.bulk_create(
            NoteVersion(title=n.title, content=n.content[: len(n.content) // 2], creator_id_id=n.creator_id_id, note_id=n)
            for n in notes if n.id % 5 == 0)
        HeatmapActivity.objects.bulk_create(
            HeatmapActivity(activity_type=kind, word_count=100, creator_id_id=n.creator_id_id, note_id=n) for n in notes for kind in "CEE")
