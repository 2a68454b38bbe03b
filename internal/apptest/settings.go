package apptest

// NoBackups keeps a server with a bucket from backing itself up.
const NoBackups = "BACKUP_SCHEDULE=off"
