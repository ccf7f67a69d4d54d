package s3test

import (
	"os/exec"
	"runtime"
	"syscall"
)

// run starts the server so that it dies with us, even when a test's time is up and no Cleanup runs. The kernel's promise
// is to the thread that started it, so that thread waits for its end.
func run(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, gone: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.output, &p.output
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
			close(p.gone)
		}
	}()
	return p, <-started
}
