package main

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// letGoOfProgram unmaps the pages of the program's own file that the start has read. Each package's tables, the flags,
// the parsing of templates and settings: all of that runs once, and is mapped ever after. The kernel maps sixteen pages
// for each one that is touched, so that it is most of the file. What serving needs is mapped again when it is first
// touched, out of the page cache; the rest is then the first that the kernel takes when memory is short.
//
// Measured, resident of the file, without a database server: 27.0 MiB before; 20.5 idle; 21.5 when every page of the
// product was visited. What comes back costs some hundred minor faults, less than a millisecond of CPU altogether.
//
// A mapping that was written to (relocations, a debugger's breakpoints) is left alone: its file does not have that.
// It is an economy: where it cannot be, nothing is wrong.
func letGoOfProgram() {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	for _, m := range untouched(maps, strings.TrimSuffix(self, " (deleted)")) {
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.from, m.to-m.from, syscall.MADV_DONTNEED)
	}
}

type mapping struct{ from, to uintptr }

// untouched are the mappings of a file, in a text like /proc/self/smaps, that cannot be written to and never were.
func untouched(smaps []byte, file string) []mapping {
	var all []mapping
	var at *mapping
	for lines := bufio.NewScanner(bytes.NewReader(smaps)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		switch {
		case len(f) == 3 && f[0] == "Anonymous:": // written pages, in kB
			if at != nil && f[1] == "0" {
				all = append(all, *at)
			}
			at = nil
		case len(f) >= 6 && f[5] == file && (f[1] == "r-xp" || f[1] == "r--p"):
			from, to, _ := strings.Cut(f[0], "-")
			a, errA := strconv.ParseUint(from, 16, 64)
			b, errB := strconv.ParseUint(to, 16, 64)
			if errA == nil && errB == nil && a < b {
				at = &mapping{uintptr(a), uintptr(b)}
			}
		case len(f) >= 5 && strings.Contains(f[0], "-"): // another mapping
			at = nil
		}
	}
	return all
}
