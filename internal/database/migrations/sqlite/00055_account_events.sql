-- +goose Up
-- What happened to accounts. That one was deleted outlasts it: user_id is null there, and account_id tells which it was.
create table account_events (
    id           integer primary key autoincrement,
    user_id      integer references users (id) on delete cascade,
    account_id   integer not null,
    kind         text    not null,
    detail       text    not null default '',
    actor        text    not null default '',
    is_failure   boolean not null default false,
    device_label text    not null default '',
    user_agent   text    not null default '',
    ip_hash      text    not null default '',
    times        integer not null default 1,
    created_at   timestamp not null,
    last_at      timestamp not null
);
create index account_events_user_id_idx on account_events (user_id, is_failure, id);
create index account_events_account_id_idx on account_events (account_id) where user_id is null;
create index account_events_last_at_idx on account_events (last_at);

-- Since when the identity is linked; null for links of earlier versions, which are as old as their row.
alter table social_accounts add column linked_at timestamp;

-- Versions that do not know these can go on working beside them.
insert into compatible_migrations (version) values (55);

-- +goose Down
delete from compatible_migrations where version = 55;
alter table social_accounts drop column linked_at;
drop table account_events;
