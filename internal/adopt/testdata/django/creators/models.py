from django.conf import settings
from django.db import models
from django.utils import timezone


class Creator(models.Model):
    motto = models.CharField(max_length=100, null=True)
    reputation = models.IntegerField(default=0)
    exp = models.IntegerField(default=0)
    social_link = models.CharField(max_length=255, null=True)
    credit_remains = models.IntegerField(default=0)
    last_login = models.DateTimeField(auto_now=True)
    date_joined = models.DateTimeField(auto_now_add=True)
    user_id = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    image = models.ImageField(default="")
    editor_mode = models.CharField(max_length=1, default="P")
    api_base_url = models.CharField(max_length=255, default="http://localhost:9080/api/v1")
    theme_mode = models.CharField(max_length=1, default="S")
    theme_preset = models.CharField(max_length=32, default="teal")
    app_settings_json = models.TextField(default="")
    app_settings_updated_at = models.DateTimeField(null=True)
    api_key_hash = models.CharField(max_length=64, default="", db_index=True)
    api_key_prefix = models.CharField(max_length=16, default="")
    mcp_skill_md = models.TextField(default="")


class Session(models.Model):
    key = models.CharField(max_length=40, unique=True)
    device_label = models.CharField(max_length=120, default="")
    user_agent = models.CharField(max_length=512, default="")
    ip_hash = models.CharField(max_length=64, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)


class SocialAccount(models.Model):
    provider = models.CharField(max_length=16)
    provider_uid = models.CharField(max_length=255)
    email = models.CharField(max_length=254, default="")
    extra_data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)

    class Meta:
        unique_together = [("provider", "provider_uid")]


class InvitationCode(models.Model):
    code_hash = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=255, default="")
    max_uses = models.IntegerField(default=1)
    times_used = models.IntegerField(default=0)
    expire_date = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)


class GithubIntegration(models.Model):
    installation_id = models.CharField(max_length=64)
    account_login = models.CharField(max_length=80, default="")
    repo_full_name = models.CharField(max_length=160, default="")
    repo_default_branch = models.CharField(max_length=80, default="main")
    access_token = models.CharField(max_length=512, default="")
    access_token_expires_at = models.DateTimeField(null=True)
    last_push_at = models.DateTimeField(null=True)
    last_push_sha = models.CharField(max_length=64, default="")
    last_pull_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    creator = models.OneToOneField(Creator, models.CASCADE)
