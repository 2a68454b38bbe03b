-- +goose Up
create table compatible_migrations (
    version integer primary key
);

create table users (
    id                      integer primary key autoincrement,
    username                text      not null,
    username_folded         text      not null,
    email                   text      not null default '',
    email_folded            text      not null default '',
    password_hash           text      not null default '',
    first_name              text      not null default '',
    last_name               text      not null default '',
    is_active               boolean   not null default false,
    is_staff                boolean   not null default false,
    is_superuser            boolean   not null default false,
    motto                   text      not null default '',
    social_link             text      not null default '',
    editor_mode             text      not null default 'P',
    theme_preset            text      not null default 'teal',
    theme_mode              text      not null default 'S',
    api_base_url            text      not null default 'http://localhost:9080/api/v1',
    app_settings            text      not null default '',
    app_settings_updated_at timestamp,
    mcp_skill_md            text      not null default '',
    avatar_path             text      not null default '',
    api_key_hash            text      not null default '',
    api_key_prefix          text      not null default '',
    api_key_last_used_at    timestamp,
    welcomed_at             timestamp,
    last_login_at           timestamp,
    date_joined             timestamp not null
);
create unique index users_username_folded_key on users (username_folded);
create unique index users_email_folded_key on users (email_folded) where email_folded <> '';
create unique index users_api_key_hash_key on users (api_key_hash) where api_key_hash <> '';

create table sessions (
    id           integer primary key autoincrement,
    user_id      integer   not null references users (id) on delete cascade,
    key_hash     text      not null,
    device_label text      not null default '',
    user_agent   text      not null default '',
    ip_hash      text      not null default '',
    created_at   timestamp not null,
    last_seen_at timestamp not null,
    revoked_at   timestamp
);
create unique index sessions_key_hash_key on sessions (key_hash);
create index sessions_user_id_idx on sessions (user_id, last_seen_at desc);

create table verification_codes (
    id         integer primary key autoincrement,
    purpose    text      not null,
    address    text      not null,
    user_id    integer references users (id) on delete cascade,
    nonce      text      not null,
    attempts   integer   not null default 0,
    expires_at timestamp not null,
    used_at    timestamp,
    created_at timestamp not null
);
create index verification_codes_address_idx on verification_codes (address, purpose);
create index verification_codes_user_id_idx on verification_codes (user_id);
create index verification_codes_expires_at_idx on verification_codes (expires_at);

create table failed_attempts (
    scope             text      not null,
    key               text      not null,
    failures          integer   not null,
    window_started_at timestamp not null,
    primary key (scope, key)
) without rowid;
create index failed_attempts_window_idx on failed_attempts (window_started_at);

-- +goose Down
drop table failed_attempts;
drop table verification_codes;
drop table sessions;
drop table users;
drop table compatible_migrations;
