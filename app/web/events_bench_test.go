package web_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"chancery/app/access"
	"chancery/app/apptest"
	"chancery/app/cases"
	"chancery/app/signin"
	"chancery/app/staff"
)

// What 2,000 open pages cost, and how soon they are told. Both ends of each connection are in this process, so that the
// product's part is less than what is said:
//
//	go test ./app/web -run '^$' -bench OpenPages -benchtime 50x
func BenchmarkOpenPages(b *testing.B) {
	const readers, each = 50, 40
	app := apptest.One(b)
	ctx, actor := b.Context(), access.System("test")
	client, err := app.Cases.AddClient(ctx, actor, cases.NewClient{Name: "Demir, Yusuf"})
	if err != nil {
		b.Fatal(err)
	}
	var streams [][]*bufio.Reader
	var theirs []string
	cookies := make([]string, readers)
	for i := range readers {
		email := fmt.Sprintf("reader%d@firm.example", i)
		u, err := app.Signin.Bootstrap(ctx, actor, staff.NewUser{FirstName: "Reader", LastName: "Number " + strconv.Itoa(i), Email: email, RoleID: access.RoleConsultant, Language: "en", Zone: "UTC"}, apptest.Password, false)
		if err != nil {
			b.Fatal(err)
		}
		o, err := app.Signin.SignIn(ctx, email, apptest.Password, signin.Origin{Network: "127.0.0.1"})
		if err != nil {
			b.Fatal(err)
		}
		cookies[i] = o.Token
		k, err := app.Cases.Create(ctx, actor, cases.NewCase{Number: "MR-" + strconv.Itoa(i), Title: "Work permit", ClientID: client.ID, OwnerID: u.ID})
		if err != nil {
			b.Fatal(err)
		}
		theirs = append(theirs, k.ID)
	}
	address := strings.TrimPrefix(app.URL, "http://")
	heap, rss := weight(), resident(b)
	for i := range readers {
		var some []*bufio.Reader
		for range each {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = conn.Close() })
			fmt.Fprintf(conn, "GET /events?case=%s HTTP/1.1\r\nHost: x\r\nHX-Request: true\r\nCookie: chancery-session=%s\r\n\r\n", theirs[i], cookies[i])
			r := bufio.NewReaderSize(conn, 16)
			skipTo(b, r, "bulletins-unread") // the first counts
			some = append(some, r)
		}
		streams = append(streams, some)
	}
	time.Sleep(100 * time.Millisecond) // what tells has ended; nothing waits for this
	n := float64(readers * each)
	heap, rss = (weight()-heap)/n, (resident(b)-rss)/n
	var waits []time.Duration
	b.ResetTimer()
	for i := range b.N {
		who := i % readers
		began := time.Now()
		writes(b, app, theirs[who], "Good morning")
		for _, r := range streams[who] {
			skipTo(b, r, `id="unread"`)
			waits = append(waits, time.Since(began))
		}
	}
	b.StopTimer()
	b.ReportMetric(heap, "heap-and-stack-B/page")
	b.ReportMetric(rss, "RSS-B/page")
	slices.Sort(waits)
	b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "ms-p50")
	b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "ms-p99")
}

// weight is the heap and the stacks of this process.
func weight() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc + m.StackInuse)
}

// resident is what of this process is in memory.
func resident(b *testing.B) float64 {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skip("no /proc: ", err)
	}
	pages, _ := strconv.ParseFloat(strings.Fields(string(text))[1], 64)
	return pages * float64(os.Getpagesize())
}

// skipTo reads a stream until a text has come.
func skipTo(b *testing.B, r *bufio.Reader, text string) {
	b.Helper()
	at := 0
	for at < len(text) {
		c, err := r.ReadByte()
		if err != nil {
			b.Fatal(err)
		}
		switch {
		case c == text[at]:
			at++
		case c == text[0]:
			at = 1
		default:
			at = 0
		}
	}
}
