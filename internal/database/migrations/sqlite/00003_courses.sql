-- +goose Up
create table courses (
    id               integer primary key autoincrement,
    owner_id         integer references users (id) on delete set null,
    client_course_id text,
    slug             text      not null,
    title            text      not null,
    title_folded     text      not null,
    description      text      not null default '',
    cover_path       text      not null default '',
    icon             integer,
    is_default       boolean   not null default false,
    sort_order       integer   not null default 0,
    created_at       timestamp not null,
    updated_at       timestamp not null
);
create unique index courses_slug_key on courses (slug);
create unique index courses_client_course_id_key on courses (owner_id, client_course_id) where client_course_id is not null;
create unique index courses_title_folded_key on courses (owner_id, title_folded);
create unique index courses_owner_id_default_key on courses (owner_id) where is_default;

create table course_subscriptions (
    user_id        integer   not null references users (id) on delete cascade,
    course_id      integer   not null references courses (id) on delete cascade,
    is_active      boolean   not null default true,
    is_private     boolean   not null default false,
    subscribed_at  timestamp not null,
    last_opened_at timestamp,
    primary key (user_id, course_id)
) without rowid;
create index course_subscriptions_course_idx on course_subscriptions (course_id);

-- +goose Down
drop table course_subscriptions;
drop table courses;
