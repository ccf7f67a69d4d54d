package web

import (
	"io"
	"net"
	"time"
)

// Who is refused while still sending must be able to read why. Closing a connection on which unread bytes wait resets it,
// and a browser then shows that the site cannot be reached: so after a refusal the rest is taken in and thrown away, for a
// moment (RFC 9112, 9.6).
const (
	lingerFor  = 2 * time.Second
	lingerMost = 16 << 20 // bytes
)

// Listen makes a listener whose connections end so.
func Listen(l net.Listener) net.Listener { return polite{l} }

type polite struct{ net.Listener }

func (p polite) Accept() (net.Conn, error) {
	c, err := p.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &politeConn{Conn: c}, nil
}

// politeConn belongs to one goroutine of the server's, which also closes it.
type politeConn struct {
	net.Conn
	refused bool // a request on it was refused unread, and it is closed next
}

func (c *politeConn) Close() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.refused && half.CloseWrite() == nil {
		_ = c.SetReadDeadline(time.Now().Add(lingerFor))
		_, _ = io.CopyN(io.Discard, c.Conn, lingerMost)
	}
	return c.Conn.Close()
}
