-- +goose Up
-- What an address was registered with belongs to the code that was mailed for it: of several registrations of one
-- address, that one counts whose code is typed. An empty name stands for what the account itself has.
alter table verification_codes add column username text not null default '';
alter table verification_codes add column password_hash text not null default '';

-- The HMAC of the address of the client that registered, or asked for another code.
alter table verification_codes add column client text not null default '';

-- Versions that do not know these columns can go on working beside them.
insert into compatible_migrations (version) values (50);

-- +goose Down
delete from compatible_migrations where version = 50;
alter table verification_codes drop column client;
alter table verification_codes drop column password_hash;
alter table verification_codes drop column username;
