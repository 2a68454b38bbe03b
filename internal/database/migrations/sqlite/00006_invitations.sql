-- +goose Up
create table invitations (
    id            integer primary key autoincrement,
    code_hash     text      not null,
    label         text      not null default '',
    max_uses      integer   not null default 1,
    times_used    integer   not null default 0,
    expires_at    timestamp,
    revoked_at    timestamp,
    created_by_id integer references users (id) on delete set null,
    created_at    timestamp not null
);
create unique index invitations_code_hash_key on invitations (code_hash);

create table invitation_uses (
    invitation_id integer not null references invitations (id) on delete cascade,
    user_id       integer not null references users (id) on delete cascade,
    used_at       timestamp not null,
    primary key (invitation_id, user_id)
) without rowid;
create index invitation_uses_user_id_idx on invitation_uses (user_id);

alter table users add column disabled_at timestamp;
-- Until now an account was switched off when it was inactive although somebody had used it.
update users set disabled_at = current_timestamp where not is_active and welcomed_at is not null;

-- An older version works on beside a new one: invitations are asked for once one exists.
insert into compatible_migrations (version) values (6);

-- +goose Down
delete from compatible_migrations where version = 6;
update users set is_active = false, welcomed_at = coalesce(welcomed_at, disabled_at) where disabled_at is not null;
alter table users drop column disabled_at;
drop table invitation_uses;
drop table invitations;
