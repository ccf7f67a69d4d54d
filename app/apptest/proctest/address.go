package proctest

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports that no kernel hands out by itself, to a listener on port 0 or to who connects: Linux begins at 32768, others at 49152.
const firstPort, ports = 20000, 10000

// taken keeps what FreeAddress has given from other processes, and ends with this one.
var taken struct {
	sync.Mutex
	by []net.PacketConn
}

// FreeAddress is a host and port of the loopback for a program that is told where to listen, and may be started there again. Nobody who asks here gets
// it a second time as long as this process lives: its UDP port, which no program here uses, is held as the sign of that.
func FreeAddress() (string, error) {
	for range ports {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(firstPort+rand.IntN(ports)))
		sign, err := net.ListenPacket("udp", address)
		if err != nil {
			continue
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			_ = sign.Close()
			continue
		}
		taken.Lock()
		taken.by = append(taken.by, sign)
		taken.Unlock()
		return address, l.Close()
	}
	return "", errors.New("no port of the loopback is free")
}
