-- +goose Up
-- What of the copy of a calendar was left out, clipped or guessed.
alter table calendar_feeds add column remarks text not null default '';

-- Whether the times of an event are what clocks show, wherever they are.
alter table calendar_feed_events add column is_floating boolean not null default false;

-- Versions that do not know these columns can go on working beside them.
insert into compatible_migrations (version) values (40);

-- +goose Down
delete from compatible_migrations where version = 40;
alter table calendar_feed_events drop column is_floating;
alter table calendar_feeds drop column remarks;
