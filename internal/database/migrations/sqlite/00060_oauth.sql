-- +goose Up
-- Programs that may ask people for access: registered ones, and those whose client_id is the address of a document.
create table oauth_clients (
    id            integer primary key autoincrement,
    client_id     text      not null,
    name          text      not null,
    redirect_uris text      not null,
    auth_method   text      not null,
    secret_hash   text      not null default '',
    created_at    timestamp not null,
    fetched_at    timestamp,
    last_used_at  timestamp
);
create unique index oauth_clients_client_id_key on oauth_clients (client_id);
create index oauth_clients_unused_idx on oauth_clients (created_at) where last_used_at is null;

-- What people have allowed programs. A code that was not redeemed is a grant without redeemed_at.
create table oauth_grants (
    id                    integer primary key autoincrement,
    user_id               integer   not null references users (id) on delete cascade,
    client_id             integer   not null references oauth_clients (id) on delete cascade,
    scopes                text      not null,
    resource              text      not null,
    redirect_uri          text      not null,
    code_hash             text      not null,
    code_challenge        text      not null,
    family_hash           text      not null default '',
    refresh_hash          text      not null default '',
    previous_refresh_hash text      not null default '',
    refreshed_at          timestamp,
    created_at            timestamp not null,
    redeemed_at           timestamp,
    last_used_at          timestamp,
    expires_at            timestamp not null
);
create unique index oauth_grants_code_hash_key on oauth_grants (code_hash);
create unique index oauth_grants_family_hash_key on oauth_grants (family_hash) where family_hash <> '';
create index oauth_grants_user_idx on oauth_grants (user_id, created_at);
create index oauth_grants_client_idx on oauth_grants (client_id);
create index oauth_grants_expires_idx on oauth_grants (expires_at);

create table oauth_access_tokens (
    id         integer primary key autoincrement,
    grant_id   integer   not null references oauth_grants (id) on delete cascade,
    token_hash text      not null,
    scopes     text      not null,
    expires_at timestamp not null
);
create unique index oauth_access_tokens_token_hash_key on oauth_access_tokens (token_hash);
create index oauth_access_tokens_grant_idx on oauth_access_tokens (grant_id, id);
create index oauth_access_tokens_expires_idx on oauth_access_tokens (expires_at);

-- Browsers in which somebody signed in to decide on one request of a program.
create table oauth_sign_ins (
    key_hash     text      not null primary key,
    session_id   integer   not null references sessions (id) on delete cascade,
    request_hash text      not null,
    expires_at   timestamp not null
);
create index oauth_sign_ins_session_idx on oauth_sign_ins (session_id);
create index oauth_sign_ins_expires_idx on oauth_sign_ins (expires_at);

insert into compatible_migrations (version) values (60);

-- +goose Down
delete from compatible_migrations where version = 60;
drop table oauth_sign_ins;
drop table oauth_access_tokens;
drop table oauth_grants;
drop table oauth_clients;
