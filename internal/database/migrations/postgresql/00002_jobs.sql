-- +goose Up
-- goqite is the queue library's own table (its schema_postgres.sql), with a built-in function in place of pgcrypto's:
-- creating an extension takes rights that managed databases do not give.
create table goqite (
    id       text primary key default ('m_' || replace(gen_random_uuid()::text, '-', '')),
    created  timestamptz not null default now(),
    updated  timestamptz not null default now(),
    queue    text        not null,
    body     bytea       not null,
    timeout  timestamptz not null default now(),
    received integer     not null default 0,
    priority integer     not null default 0
);
create index goqite_queue_priority_created_idx on goqite (queue, priority desc, created);
-- +goose StatementBegin
create function goqite_update_timestamp() returns trigger as $$
begin
    new.updated = now();
    return new;
end;
$$ language plpgsql;
-- +goose StatementEnd
create trigger goqite_updated_timestamp before update on goqite
    for each row execute procedure goqite_update_timestamp();

create table periodic_jobs (
    name   text primary key,
    due_at timestamptz not null
);

-- +goose Down
drop table periodic_jobs;
drop table goqite;
drop function goqite_update_timestamp();
