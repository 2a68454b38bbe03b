-- +goose Up
create table calendar_feeds (
    id            integer primary key autoincrement,
    user_id       integer   not null references users (id) on delete cascade,
    course_id     integer references courses (id) on delete set null,
    title         text      not null,
    source_kind   text      not null default 'I',
    source_url    text,
    is_enabled    boolean   not null default true,
    is_imported   boolean   not null default false,
    etag          text      not null default '',
    last_modified text      not null default '',
    fetched_at    timestamp,
    next_fetch_at timestamp,
    failures      integer   not null default 0,
    last_error    text      not null default '',
    created_at    timestamp not null,
    updated_at    timestamp not null
);
create index calendar_feeds_user_idx on calendar_feeds (user_id);
create index calendar_feeds_next_fetch_idx on calendar_feeds (next_fetch_at) where next_fetch_at is not null;
create index calendar_feeds_course_idx on calendar_feeds (course_id) where course_id is not null;

-- The body comes last: what stands behind it could not be read without it.
create table calendar_feed_bodies (
    feed_id        integer primary key references calendar_feeds (id) on delete cascade,
    parser_version integer not null,
    body_hash      text    not null,
    body           blob    not null
);

create table calendar_feed_events (
    id           integer primary key autoincrement,
    feed_id      integer   not null references calendar_feeds (id) on delete cascade,
    title        text      not null default '',
    starts_at    timestamp not null,
    ends_at      timestamp not null,
    is_all_day   boolean   not null default false,
    time_zone    text      not null default '',
    recurrence   text      not null default '',
    last_ends_at timestamp not null
);
create index calendar_feed_events_feed_idx on calendar_feed_events (feed_id, last_ends_at);

insert into compatible_migrations (version) values (13);

-- +goose Down
delete from compatible_migrations where version = 13;
drop table calendar_feed_events;
drop table calendar_feed_bodies;
drop table calendar_feeds;
