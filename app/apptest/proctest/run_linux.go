package proctest

import (
	"runtime"
	"syscall"
)

// run starts the program so that the kernel ends it with us. The kernel's promise is to the thread that started it, so that
// thread waits for its end.
func (p *Process) run() error {
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait()
			close(p.gone)
		}
	}()
	return <-started
}
