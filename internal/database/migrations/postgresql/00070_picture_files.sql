-- +goose Up
-- The sizes of covers and avatars, which count towards what a person may keep.
create table picture_files (
    path     text   not null primary key,
    owner_id bigint not null references users (id) on delete cascade,
    size     bigint not null
);
create index picture_files_owner_idx on picture_files (owner_id, size);

-- An older server does not count pictures: the sweep of files counts what it has stored.
insert into compatible_migrations (version) values (70);

-- +goose Down
delete from compatible_migrations where version = 70;
drop table picture_files;
