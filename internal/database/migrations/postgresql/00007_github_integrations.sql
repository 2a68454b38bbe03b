-- +goose Up
create table github_integrations (
    user_id             bigint      primary key references users (id) on delete cascade,
    installation_id     text        not null,
    account_login       text        not null default '',
    repo_full_name      text        not null default '',
    repo_default_branch text        not null default 'main',
    verified_at         timestamptz,
    last_push_at        timestamptz,
    last_push_sha       text        not null default '',
    last_error          text        not null default '',
    created_at          timestamptz not null,
    updated_at          timestamptz not null
);
-- A new table does not disturb a server that does not know it.
insert into compatible_migrations (version) values (7);

-- +goose Down
delete from compatible_migrations where version = 7;
drop table github_integrations;
