package password

import "golang.org/x/sys/unix"

// populate has all pages of a mapping there at once: fetched one by one, they take as long as half of the hash.
const populate = unix.MAP_POPULATE
