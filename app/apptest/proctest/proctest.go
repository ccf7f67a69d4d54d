// Package proctest runs programs for tests: started as children that die with the test, ended by their own process, and
// heard while they speak. It knows none of them, and nothing of ours may be imported here.
package proctest

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// Process is a running program.
type Process struct {
	cmd  *exec.Cmd
	gone chan struct{}
}

// Start starts a command, whose outputs the caller has set. On Linux it dies with us, even when a test's time is up and no
// Cleanup runs.
func Start(cmd *exec.Cmd) (*Process, error) {
	p := &Process{cmd: cmd, gone: make(chan struct{})}
	return p, p.run()
}

// Gone is closed when the program has ended.
func (p *Process) Gone() <-chan struct{} { return p.gone }

// State is how it ended, once it is gone.
func (p *Process) State() *os.ProcessState { return p.cmd.ProcessState }

// PID is its process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends the program a signal.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// Kill ends the program as a power cut does, if it still runs, and waits until it is gone.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.gone
}

// Output is what a program says, readable while it speaks. The zero value is ready.
type Output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// Has tells whether a text was said.
func (o *Output) Has(text string) bool { return strings.Contains(o.String(), text) }
