-- +goose Up
create table note_activity (
    id            integer primary key autoincrement,
    user_id       integer not null references users (id) on delete cascade,
    note_id       integer not null references notes (id) on delete cascade,
    kind          text not null,
    activity_date date not null,
    word_count    integer not null,
    events        integer not null default 1,
    created_at    timestamp not null
);
create unique index note_activity_note_id_key on note_activity (note_id, activity_date, kind);
create index note_activity_user_idx on note_activity (user_id, activity_date, kind, word_count);

create table note_sessions (
    id         integer primary key autoincrement,
    user_id    integer not null references users (id) on delete cascade,
    note_id    integer not null references notes (id) on delete cascade,
    title      text not null,
    summary    text not null default '',
    started_at timestamp not null,
    ended_at   timestamp,
    created_at timestamp not null,
    updated_at timestamp not null
);
create index note_sessions_user_idx on note_sessions (user_id, started_at);
create index note_sessions_note_idx on note_sessions (note_id);

insert into compatible_migrations (version) values (14);

-- +goose Down
delete from compatible_migrations where version = 14;
drop table note_sessions;
drop table note_activity;
