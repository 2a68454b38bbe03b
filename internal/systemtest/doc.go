// Package systemtest holds no code, only the tests of several processes together: instances on one database and one
// bucket behind nginx that boot at once, are killed, stopped and replaced under load, and one under the memory limit of
// a small container. What one server does alone is tested beside its package.
package systemtest
