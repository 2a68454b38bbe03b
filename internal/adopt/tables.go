package adopt

// OldTables are the tables that the former system had over the years.
var OldTables = []string{
	"auth_group", "auth_group_permissions", "auth_permission", "auth_user", "auth_user_groups",
	"auth_user_user_permissions",
	"authtoken_token", "courses_course", "courses_coursemedia", "courses_courseoperationlog", "courses_coursesubscription",
	"creators_creator", "creators_githubintegration", "creators_invitationcode", "creators_linkchallenge",
	"creators_session",
	"creators_socialaccount", "creators_verificationcode", "django_admin_log", "django_content_type", "django_migrations",
	"django_session", "gptutils_conversation", "gptutils_message", "notes_calendarfeed", "notes_course",
	"notes_coursemedia",
	"notes_courseoperationlog", "notes_coursesubscription", "notes_heatmapactivity", "notes_note",
	"notes_noteactivitysession",
	"notes_noteattachment", "notes_noteblock", "notes_noteindex", "notes_noteversion", "notes_plannerevent",
	"notes_recyclebinentry",
	"notes_tag", "notes_validationrecord", "planner_calendarfeed", "planner_heatmapactivity", "planner_plannerevent",
}
