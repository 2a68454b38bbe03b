-- +goose Up
create table planner_events (
    id                integer primary key autoincrement,
    user_id           integer   not null references users (id) on delete cascade,
    course_id         integer references courses (id) on delete set null,
    title             text      not null,
    event_date        date      not null,
    starts_at         timestamp not null,
    ends_at           timestamp not null,
    difficulty_weight integer   not null default 1,
    description       text      not null default '',
    is_completed      boolean   not null default false,
    completed_at      timestamp,
    rrule             text      not null default '',
    time_zone         text      not null default '',
    recurs_until      timestamp,
    created_at        timestamp not null,
    updated_at        timestamp not null
);
create index planner_events_date_idx on planner_events (user_id, event_date);
create index planner_events_open_idx on planner_events (user_id, event_date) where not is_completed;
create index planner_events_series_idx on planner_events (user_id) where rrule <> '';
create index planner_events_course_idx on planner_events (course_id) where course_id is not null;

create table planner_occurrences (
    event_id     integer   not null references planner_events (id) on delete cascade,
    occurs_at    timestamp not null,
    completed_at timestamp not null,
    primary key (event_id, occurs_at)
) without rowid;

create table calendar_keys (
    user_id      integer primary key references users (id) on delete cascade,
    key_hash     text      not null,
    created_at   timestamp not null,
    last_used_at timestamp
);
create unique index calendar_keys_key_hash_key on calendar_keys (key_hash);

insert into compatible_migrations (version) values (12);

-- +goose Down
delete from compatible_migrations where version = 12;
drop table calendar_keys;
drop table planner_occurrences;
drop table planner_events;
