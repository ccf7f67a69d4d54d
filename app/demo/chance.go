package demo

// chance is a source of numbers that is the same each time (splitmix64): a demo practice that looked different at each start could
// not be shown, nor a mistake in it found again.
type chance uint64

func (c *chance) next() uint64 {
	*c += 0x9e3779b97f4a7c15
	z := uint64(*c)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 to n-1.
func (c *chance) below(n int) int { return int(c.next() % uint64(n)) }

// in tells of one time in a hundred, for each hundredth.
func (c *chance) in(hundredths int) bool { return c.below(100) < hundredths }

// one of a list.
func one[T any](c *chance, list []T) T { return list[c.below(len(list))] }

// shuffled is a list in another order.
func shuffled[T any](c *chance, list []T) []T {
	out := append([]T(nil), list...)
	for i := len(out) - 1; i > 0; i-- {
		j := c.below(i + 1)
		out[i], out[j] = out[j], out[i]
	}
	return out
}
