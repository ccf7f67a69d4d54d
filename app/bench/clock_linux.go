package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// process is a running program whose time and memory are read from outside.
type process int

// cpu is the CPU time that a process has used, all threads together, those that have ended among them. It is read from
// the process's own clock (clock_gettime), which counts nanoseconds; /proc/PID/stat counts hundredths of a second.
func (p process) cpu() (time.Duration, error) {
	const scheduled = 2 // CPUCLOCK_SCHED of the kernel's clock numbers
	var t unix.Timespec
	if err := unix.ClockGettime(^int32(p)<<3|scheduled, &t); err != nil {
		return 0, fmt.Errorf("CPU clock of process %d: %w", p, err)
	}
	return time.Duration(t.Nano()), nil
}

// family is the CPU time of a process and its children: of a Postgres server with its connections. Children that have
// ended count as their parent was told, to a hundredth of a second; with kept connections there are next to none.
func (p process) family() (time.Duration, error) {
	sum, err := p.cpu()
	if err != nil {
		return 0, err
	}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	for _, path := range stats {
		pid, fields := readStat(path)
		switch {
		case pid == p:
			for _, f := range fields[13:15] { // cutime, cstime
				ticks, _ := strconv.ParseInt(f, 10, 64)
				sum += time.Duration(ticks) * time.Second / 100
			}
		case len(fields) > 1 && fields[1] == strconv.Itoa(int(p)):
			if t, err := pid.cpu(); err == nil { // it may have ended since
				sum += t
			}
		}
	}
	return sum, nil
}

// readStat is the process of a /proc/PID/stat and its fields from the third on; the second, the name, may hold blanks.
func readStat(path string) (process, []string) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, nil
	}
	pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
	return process(pid), strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
}

// memory is what a process has resident: its own pages, and those of files, which is mostly the program itself.
type memory struct{ all, own, files int64 }

func (p process) memory() (m memory, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p))
	if err != nil {
		return m, err
	}
	for _, line := range strings.Split(string(text), "\n") {
		name, rest, _ := strings.Cut(line, ":")
		value, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			m.all = value << 10
		case "RssAnon":
			m.own = value << 10
		case "RssFile":
			m.files = value << 10
		}
	}
	return m, nil
}
