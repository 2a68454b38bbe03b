-- +goose Up
-- Public notes of somebody whom an operator has switched off and hidden: they are private until that is undone.
alter table notes add column is_hidden boolean not null default false;
alter table users add column hidden_at timestamptz;

-- Versions that do not know these columns can go on working beside them.
insert into compatible_migrations (version) values (56);

-- +goose Down
delete from compatible_migrations where version = 56;
alter table users drop column hidden_at;
alter table notes drop column is_hidden;
