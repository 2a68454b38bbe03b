-- +goose Up
create table social_accounts (
    id           integer primary key autoincrement,
    user_id      integer      not null references users (id) on delete cascade,
    provider     text      not null,
    issuer       text      not null default '',
    provider_uid text      not null,
    email        text      not null default '',
    extra_data   text      not null default '{}',
    created_at   timestamp not null,
    updated_at   timestamp not null
);
create unique index social_accounts_provider_uid_key on social_accounts (provider, issuer, provider_uid);
create unique index social_accounts_user_id_key on social_accounts (user_id, provider);

-- An older version works on beside a new one: it knows no social accounts.
insert into compatible_migrations (version) values (5);

-- +goose Down
delete from compatible_migrations where version = 5;
drop table social_accounts;
