-- +goose Up
-- When a database of the former system was taken over, and how far.
create table adoptions (
    id         integer   primary key autoincrement,
    source     text      not null,
    marks      text      not null,
    report     text      not null,
    adopted_at timestamp not null
);

-- What was taken over, as it was there and as it is here, so that a later run sees what has changed on which side.
create table adopted_rows (
    kind      text    not null,
    old_id    integer not null,
    old_state integer not null,
    new_state integer not null,
    primary key (kind, old_id)
) without rowid;

-- The files of old picture and file blocks.
alter table note_blocks add column image_path text not null default '';
alter table note_blocks add column file_path text not null default '';
create index note_blocks_image_idx on note_blocks (image_path) where image_path <> '';
create index note_blocks_file_idx on note_blocks (file_path) where file_path <> '';

-- Several rows of the former system may name one file, or none.
drop index attachments_path_key;
create index attachments_path_idx on attachments (path);

insert into compatible_migrations (version) values (20);

-- +goose Down
delete from compatible_migrations where version = 20;
drop index attachments_path_idx;
create unique index attachments_path_key on attachments (path);
drop index note_blocks_file_idx;
drop index note_blocks_image_idx;
alter table note_blocks drop column file_path;
alter table note_blocks drop column image_path;
drop table adopted_rows;
drop table adoptions;
