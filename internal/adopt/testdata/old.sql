-- A small database in the shape of version 0.1.90 of the former system: people, texts and keys are invented. TIME, UUID and ID
-- stand for the types that differ between the engines. Most of what is in it has something wrong with it.
create table django_migrations (id ID primary key, app varchar(255) not null, name varchar(255) not null, applied TIME not null);
create table auth_user (id integer primary key, password varchar(128) not null, last_login TIME, is_superuser boolean not null,
	username varchar(150) not null, first_name varchar(150) not null, last_name varchar(150) not null, email varchar(254) not null,
	is_staff boolean not null, is_active boolean not null, date_joined TIME not null);
create table creators_creator (id ID primary key, motto varchar(100), social_link varchar(255), last_login TIME not null,
	date_joined TIME not null, user_id_id integer not null, image varchar(100) not null, editor_mode varchar(1) not null,
	api_base_url varchar(255) not null, theme_mode varchar(1) not null, theme_preset varchar(32) not null, app_settings_json text not null,
	app_settings_updated_at TIME, api_key_hash varchar(64) not null, api_key_prefix varchar(16) not null, mcp_skill_md text not null);
create table creators_session (id integer primary key, key varchar(40) not null, device_label varchar(120) not null,
	user_agent varchar(512) not null, ip_hash varchar(64) not null, created_at TIME not null, last_seen_at TIME not null,
	revoked_at TIME, user_id integer not null);
create table authtoken_token (key varchar(40) primary key, created TIME not null, user_id integer not null);
create table creators_invitationcode (id ID primary key, code_hash varchar(64) not null, label varchar(255) not null,
	max_uses integer not null, times_used integer not null, expire_date TIME, created_at TIME not null);
create table courses_course (id ID primary key, slug varchar(120) not null, title varchar(120) not null, description text,
	cover_image varchar(100), is_default boolean not null, date_created TIME not null, last_edit TIME not null, creator_id_id bigint,
	client_course_id varchar(64), sort_order integer not null, icon integer);
create table notes_note (id ID primary key, sharing_id varchar(36) not null, title varchar(100) not null, description varchar(600),
	date_created TIME not null, last_edit TIME not null, creator_id_id bigint not null, course_id_id bigint, content text not null,
	editor_mode varchar(1) not null, metadata_json text not null, is_public boolean not null, client_draft_id varchar(64), deleted_at TIME,
	note_type varchar(1) not null, source_note_id bigint, uuid UUID not null, cover_image varchar(100), custom_meta text not null);
create table notes_noteblock (id ID primary key, block_type varchar(1) not null, image varchar(100), file varchar(100),
	"is_AI_generated" boolean not null, text text, args varchar(256), date_created TIME not null, last_edit TIME not null,
	creator_id_id bigint not null, note_id_id bigint);
create table notes_noteindex (id ID primary key, "index" integer not null, note_id_id bigint not null, noteblock_id_id bigint not null);
create table notes_noteversion (id ID primary key, title varchar(100) not null, description varchar(600), content text not null,
	metadata_json text not null, editor_mode varchar(1) not null, reason varchar(32) not null, date_created TIME not null,
	creator_id_id bigint not null, note_id_id bigint not null);
create table notes_noteattachment (id integer primary key, file varchar(100) not null, original_filename varchar(255) not null,
	file_size bigint not null, content_type varchar(128) not null, date_created TIME not null, note_id_id bigint not null);
create table planner_plannerevent (id ID primary key, title varchar(120) not null, event_date date not null,
	difficulty_weight integer not null, description varchar(255), date_created TIME not null, last_edit TIME not null, course_id_id bigint,
	creator_id_id bigint not null, ends_at TIME, starts_at TIME, completed_at TIME, is_completed boolean not null);
create table planner_heatmapactivity (id ID primary key, activity_type varchar(1) not null, activity_date date not null,
	word_count integer not null, date_created TIME not null, course_id_id bigint, creator_id_id bigint not null, note_id_id bigint not null);
create table planner_calendarfeed (id ID primary key, title varchar(120) not null, source_kind varchar(1) not null,
	source_url varchar(200), raw_ical text not null, is_enabled boolean not null, last_sync TIME, date_created TIME not null,
	last_edit TIME not null, course_id_id bigint, creator_id_id bigint not null);
create index noteindex_note on notes_noteindex (note_id_id);
create index noteindex_block on notes_noteindex (noteblock_id_id);
create index noteblock_note on notes_noteblock (note_id_id);

insert into django_migrations values (1, 'notes', '0018_note_custom_meta', '2026-01-01 00:00:00');
-- The password of each is Old-Pass-1: hashes of 1,000 rounds.
insert into auth_user values
	(1, 'pbkdf2_sha256$1000$seasalt$9sUuBn537bDkZYzC/O34aqIoPaIh3jDqjhJD241Ief0=', null, true, 'ann', 'Ann', '', 'ann@example.org', true, true, '2025-01-01 00:00:00'),
	(2, 'pbkdf2_sha256$1000$seasalt$9sUuBn537bDkZYzC/O34aqIoPaIh3jDqjhJD241Ief0=', null, false, 'ANN', '', '', 'ANN@example.org', false, true, '2025-01-02 00:00:00'),
	(3, '!', null, false, 'bob ', '', '', '', false, true, '2025-01-03 00:00:00'),
	(4, 'md5$abc$0123456789abcdef0123456789abcdef', null, false, 'off', '', '', 'off@example.org', false, false, '2025-01-04 00:00:00'),
	(5, 'pbkdf2_sha256$1000$seasalt$9sUuBn537bDkZYzC/O34aqIoPaIh3jDqjhJD241Ief0=', null, false, 'waits', '', '', 'waits@example.org', false, false, '2025-01-05 00:00:00');
insert into creators_creator values
	(11, 'one', '', '2025-02-01 00:00:00', '2025-01-01 00:00:00', 1, '', 'P', 'http://localhost:9080/api/v1', 'S', 'teal', '{"a": 1}', null, '', '', ''),
	(12, 'two', 'https://example.org', '2025-02-01 00:00:00', '2025-01-01 00:00:00', 1, '', 'G', 'http://localhost:9080/api/v1', 'D', 'forest', '{"a": 2, "b": 3}', null, '', '', 'skill'),
	(13, null, null, '2025-02-01 00:00:00', '2025-01-01 00:00:00', 2, '', 'P', 'http://localhost:9080/api/v1', 'S', 'teal', '[]', null, '', '', ''),
	(14, null, null, '2025-02-01 00:00:00', '2025-01-01 00:00:00', 4, '', 'P', 'http://localhost:9080/api/v1', 'S', 'teal', '', null, '', '', ''),
	(15, null, null, '2025-02-01 00:00:00', '2025-01-01 00:00:00', 5, '', 'P', 'http://localhost:9080/api/v1', 'S', 'teal', '', null, '', '', '');
insert into authtoken_token values ('abababababababababababababababababababab', '2025-01-01 00:00:00', 1);
insert into creators_invitationcode values (1, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'friends', 5, 2, null, '2025-01-01 00:00:00');
insert into courses_course values
	(1, 'inbox-11', 'Inbox', 'Default category', '', true, '2025-01-01 00:00:00', '2025-01-01 00:00:00', 11, null, 0, null),
	(2, 'inbox-12', 'Inbox', 'of the second profile', '', true, '2025-01-01 00:00:00', '2025-01-01 00:00:00', 12, 'c', 0, null),
	(3, 'mine', 'Mine', null, 'course_media/gone.png', false, '2025-01-01 00:00:00', '2025-01-01 00:00:00', 12, 'c', -1, null),
	(4, 'theirs', 'Theirs', '', null, false, '2025-01-01 00:00:00', '2025-01-01 00:00:00', 13, null, 0, 1),
	(5, 'inbox-14', 'Inbox', '', null, true, '2025-01-01 00:00:00', '2025-01-01 00:00:00', 14, null, 0, null);
insert into notes_note values
	(1, 'aaaaaaaa', 'Of 2024', null, '2024-01-01 00:00:00', '2024-01-02 00:00:00.5', 11, 2, '', 'P', '', false, null, null, 'N', null, 'a0000000000040008000000000000001', null, ''),
	(2, 'bbbbbbbb', 'Disagrees', '', '2026-01-01 00:00:00', '2026-01-02 00:00:00', 12, 4, 'The content.', 'P', '', true, 'd', null, 'N', null, 'a0000000000040008000000000000002', '', ''),
	(3, 'cccccccc', 'Agrees', '', '2026-01-01 00:00:00', '2026-01-03 00:00:00', 11, 1, '# Agrees

one

- a

- b', 'B', '', false, 'd', null, 'N', null, 'a0000000000040008000000000000003', null, '{}'),
	(4, 'dddddddd', 'Comment', '', '2026-01-01 00:00:00', '2026-01-04 00:00:00', 13, 999, 'hm', 'P', '', true, null, null, 'C', 2, 'a0000000000040008000000000000004', null, ''),
	(5, 'eeeeeeee', 'Deleted long ago', '', '2024-01-01 00:00:00', '2024-01-04 00:00:00', 11, null, 'gone', 'P', '', false, null, '2024-02-01 00:00:00', 'N', null, 'a0000000000040008000000000000005', null, ''),
	(6, 'ffffffff', 'Of nobody', '', '2024-01-01 00:00:00', '2024-01-04 00:00:00', 99, null, 'lost', 'P', '', false, null, null, 'N', null, 'a0000000000040008000000000000006', null, '');
insert into notes_noteblock values
	(1, 'T', null, null, false, 'Of 2024', null, '2024-01-01 00:00:00', '2024-01-01 00:00:00', 11, 1),
	(2, 'I', 'user_upload/user_1/notes/noteblock_2/a.png', null, false, 'A picture', null, '2024-01-01 00:00:00', '2024-01-01 00:00:00', 11, 1),
	(3, 'N', null, null, true, 'What the block says.', null, '2026-01-01 00:00:00', '2026-01-05 00:00:00', 11, 2),
	(4, 'T', null, null, false, 'Agrees', null, '2026-01-01 00:00:00', '2026-01-01 00:00:00', 11, 3),
	(5, 'N', null, null, false, 'one', null, '2026-01-01 00:00:00', '2026-01-01 00:00:00', 11, 3),
	(6, 'L', null, null, false, 'a
b', null, '2026-01-01 00:00:00', '2026-01-01 00:00:00', 11, 3),
	(7, 'N', null, null, false, 'nowhere', null, '2026-01-01 00:00:00', '2026-01-01 00:00:00', 11, null);
insert into notes_noteindex values (1, 0, 1, 1), (2, 0, 1, 2), (3, 7, 1, 1), (4, 0, 2, 3), (5, -1, 3, 4), (6, 5, 3, 5), (7, 5, 3, 6);
insert into notes_noteversion values
	(1, 'Old', null, 'before', '', 'P', 'manual', '2026-01-01 00:00:00', 11, 2),
	(2, 'Lost', null, 'before', '', 'P', 'manual', '2026-01-01 00:00:00', 11, 77);
insert into notes_noteattachment values
	(1, 'user_upload\user_1\notes\x.txt', 'x.txt', 9223372036854775807, '', '2026-01-01 00:00:00', 2),
	(2, '../../etc/passwd', 'passwd', 0, '', '2026-01-01 00:00:00', 2);
insert into planner_plannerevent values
	(1, 'No start', '2026-12-05', 0, null, '2026-01-01 00:00:00', '2026-01-01 00:00:00', 4, 11, null, null, null, false);
insert into planner_heatmapactivity values
	(1, 'C', '2026-01-01', 5, '2026-01-01 00:00:00', null, 11, 2),
	(2, 'E', '2026-01-02', 5, '2026-01-01 00:00:00', null, 11, 2),
	(3, 'E', '2026-01-02', 7, '2026-01-01 00:00:00', null, 11, 2);
insert into planner_calendarfeed values
	(1, 'Text', 'I', '', 'BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART:20261201T100000Z
SUMMARY:Lecture
END:VEVENT
END:VCALENDAR', true, null, '2026-01-01 00:00:00', '2026-01-01 00:00:00', null, 11);
