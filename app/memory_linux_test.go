package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestOnlyMappingsOfTheProgramThatWereNeverWrittenAreLetGo(t *testing.T) {
	const smaps = `00400000-0169b000 r-xp 00000000 fe:00 10610247                           /srv/chancery
Size:              19052 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me sd
0169b000-02b86000 r--p 0129b000 fe:00 10610247                           /srv/chancery
Anonymous:             4 kB
02b86000-02d3d000 rw-p 02786000 fe:00 10610247                           /srv/chancery
Anonymous:             0 kB
02d3d000-02d3e000 r--p 00000000 fe:00 10610247                           /srv/chancery (deleted)
Anonymous:             0 kB
5b5d0000000-5b5d1000000 rw-p 00000000 00:00 0 
Anonymous:             0 kB
7f733dd27000-7f733dd87000 r--p 00000000 fe:00 99                         /lib/libc.so.6
Anonymous:             0 kB
7f733dd87000-7f733dd88000 r--p 00000000 fe:00 10610247                   /srv/chancery
7f733dd88000-7f733dd89000 r--p 00000000 fe:00 10610247                   /srv/other
Anonymous:             0 kB
`
	want := []mapping{{0x400000, 0x169b000}, {0x2d3d000, 0x2d3e000}}
	if got := untouched([]byte(smaps), "/srv/chancery"); !slices.Equal(got, want) {
		t.Errorf("%#x, want %#x", got, want)
	}
}

// The program goes on where it was: what it needs comes back by itself.
func TestTheProgramGoesOnWithoutItsPages(t *testing.T) {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err) // Linux without /proc is no place to run this on
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil || len(untouched(maps, self)) == 0 {
		t.Fatalf("no mapping of %s was found (%v): nothing would be let go", self, err)
	}
	letGoOfProgram()
	var out strings.Builder
	if code := run([]string{"serve", "--help"}, &outside{out: &out, err: &out, getenv: func(string) string { return "" }}); code != 0 || !strings.Contains(out.String(), "CHANCERY_URL") {
		t.Errorf("%d: %s", code, out.String())
	}
}
