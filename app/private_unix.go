//go:build unix

package main

import "syscall"

// private makes what this program writes its user's alone: the database and what SQLite lays beside it hold clients' names (ASVS 14.2).
func private() { syscall.Umask(0o077) }
