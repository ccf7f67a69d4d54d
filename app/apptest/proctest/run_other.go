//go:build !linux

package proctest

func (p *Process) run() error {
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go func() {
		defer close(p.gone)
		_ = p.cmd.Wait()
	}()
	return nil
}
