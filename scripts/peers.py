"""Servers that scripts/tenth-of-a-core measures, each with how it is started, prepared and asked for the same things:
an answer, readiness, a list that anybody may read, a sign-in, a list of twenty texts, and a new text of two kilobytes.
"""

import base64
import json

NAME, ADDRESS, PASSWORD = "alice", "alice@example.org", "Correct-Horse-42-Battery"
OPML = '<opml version="2.0"><body><outline text="Texts" xmlUrl="http://127.0.0.1:9/feed" type="rss"/></body></opml>'


class Notechondria:
    """This server."""

    needs_postgres = False
    arguments = ["start"]
    milestones = ["/healthz", "/readyz", "/api/v1/courses/"]
    list = "/api/v1/notes/?limit=20"

    def __init__(self, folder, port):
        self.environment = {
            "DATA_DIR": folder, "PORT": str(port), "SECRET_KEY": "0123456789" * 5, "LOG_LEVEL": "ERROR",
            "DJANGO_SUPERUSER_USERNAME": NAME, "DJANGO_SUPERUSER_EMAIL": ADDRESS, "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        }

    def before_start(self, run):
        """Nothing: the first start migrates and makes the administrator."""

    def prepare(self, call):
        """Nothing: notes need nothing to be in."""

    def sign_in(self, call):
        answer = call("POST", "/api/v1/auth/login/", {"identifier": NAME, "password": PASSWORD})
        return {"Authorization": "Token " + json.loads(answer)["token"]}

    def create(self, number, text):
        return "/api/v1/notes/", {"title": f"Note {number}", "content": text}


class PocketBase:
    """PocketBase with a collection of notes that anybody may list."""

    needs_postgres = False
    milestones = ["/api/health", "/api/health", "/api/collections/notes/records"]
    list = "/api/collections/notes/records?perPage=20&sort=-created"

    def __init__(self, folder, port):
        self.environment = {}
        self.folder = ["--dir", folder, "--migrationsDir", folder + "/migrations"]
        self.arguments = ["serve", "--http", f"127.0.0.1:{port}"] + self.folder

    def before_start(self, run):
        run(["superuser", "upsert", ADDRESS, PASSWORD] + self.folder)

    def prepare(self, call):
        fields = [{"name": "title", "type": "text"}, {"name": "content", "type": "text", "max": 1000000},
                  {"name": "created", "type": "autodate", "onCreate": True}]
        signed_in = "@request.auth.id != ''"
        call("POST", "/api/collections", {
            "name": "notes", "type": "base", "listRule": "", "createRule": signed_in, "fields": fields,
            "indexes": ["create index notes_created on notes (created)"],
        }, self.sign_in(call))

    def sign_in(self, call):
        answer = call("POST", "/api/collections/_superusers/auth-with-password",
                      {"identity": ADDRESS, "password": PASSWORD})
        return {"Authorization": json.loads(answer)["token"]}

    def create(self, number, text):
        return "/api/collections/notes/records", {"title": f"Note {number}", "content": text}


class Miniflux:
    """Miniflux with one feed, to which entries are added. It asks for the password with each request without a key."""

    needs_postgres = True
    arguments = []
    milestones = ["/healthz", "/readyz", "/robots.txt"]
    list = "/v1/entries?limit=20&order=id&direction=desc"

    def __init__(self, _folder, port):
        self.environment = {
            "LISTEN_ADDR": f"127.0.0.1:{port}", "RUN_MIGRATIONS": "1", "CREATE_ADMIN": "1", "LOG_LEVEL": "error",
            "ADMIN_USERNAME": NAME, "ADMIN_PASSWORD": PASSWORD, "DISABLE_SCHEDULER_SERVICE": "1",
        }
        self.feed = self.key = None

    def before_start(self, run):
        """Nothing: the first start migrates and makes the administrator."""

    def prepare(self, call):
        basic = self.sign_in(call)
        key = json.loads(call("POST", "/v1/api-keys", {"description": "load"}, basic))
        self.key = {"X-Auth-Token": key["token"]}
        call("POST", "/v1/import", OPML, basic)
        self.feed = json.loads(call("GET", "/v1/feeds", None, basic))[0]["id"]

    def sign_in(self, call):
        basic = {"Authorization": "Basic " + base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()}
        call("GET", "/v1/me", None, basic)
        return self.key or basic

    def create(self, number, text):
        return f"/v1/feeds/{self.feed}/entries/import", {
            "title": f"Entry {number}", "content": text, "url": f"http://127.0.0.1:9/{number}"}


KINDS = {"": Notechondria, "pocketbase": PocketBase, "miniflux": Miniflux}
