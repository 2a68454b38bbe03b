-- +goose Up
-- PostgreSQL gets a function here; SQLite's statements need none.
insert into compatible_migrations (version) values (16);

-- +goose Down
delete from compatible_migrations where version = 16;
