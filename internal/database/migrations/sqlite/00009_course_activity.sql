-- +goose Up
create table course_media (
    id          integer primary key autoincrement,
    course_id   integer not null references courses (id) on delete cascade,
    title       text      not null,
    description text,
    source      text,
    image_path  text      not null default '',
    created_at  timestamp not null
);
create index course_media_course_idx on course_media (course_id, created_at, id);

create table course_operations (
    id            integer primary key autoincrement,
    user_id       integer not null references users (id) on delete cascade,
    course_id     integer not null references courses (id) on delete cascade,
    operation     text      not null,
    metadata_json text      not null default '',
    occurred_at   timestamp not null
);
create index course_operations_user_idx on course_operations (user_id, occurred_at desc, id desc);
create index course_operations_course_idx on course_operations (course_id);
create index course_operations_occurred_idx on course_operations (occurred_at);

-- Versions that do not know these tables can go on working beside them.
insert into compatible_migrations (version) values (9);

-- +goose Down
delete from compatible_migrations where version = 9;
drop table course_operations;
drop table course_media;
