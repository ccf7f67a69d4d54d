package blob

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"chancery/app/apptest/s3test"
)

// hurried are limits for a test that waits them out.
var hurried = limits{
	connect:   300 * time.Millisecond,
	response:  300 * time.Millisecond,
	attempts:  3,
	backoff:   20 * time.Millisecond,
	operation: time.Second,
	read:      time.Second,
	places:    64,
	rest:      20 * time.Millisecond,
}

// soon is the bound a test sets to an operation under the hurried limits: generous, for a busy machine, and still far from
// the SDK's own minutes.
const soon = 6 * time.Second

// TestServerKilledMidUploadIsAnOutageAndKeepsTheOldObject proves B-19's "the old picture stays" for S3: the server dies
// by SIGKILL when a good part of the new object has reached it.
func TestServerKilledMidUploadIsAnOutageAndKeepsTheOldObject(t *testing.T) {
	server := s3test.New(t)
	direct := open(t, server.URL(), Credentials(server.Credentials))
	put(t, direct, "p/1/512.jpg", "the old picture", "image/jpeg")

	reached := make(chan struct{})
	addr := relay(t, server.Addr(), 1<<20, func() {
		server.Kill()
		close(reached)
	})
	s := openHurried(t, s3test.URL(addr), server.Credentials)
	err := within(t, soon, func() error {
		return s.Put(t.Context(), "p/1/512.jpg", noise(5<<20), "image/jpeg")
	})
	select {
	case <-reached:
	default:
		t.Fatal("the server was never killed: the test proves nothing")
	}
	if !isUnavailable(err) {
		t.Fatalf("%v, want unavailable", err)
	}

	server.Restart()
	after := open(t, server.URL(), Credentials(server.Credentials))
	if object, body := get(t, after, "p/1/512.jpg"); body != "the old picture" || object.ContentType != "image/jpeg" {
		t.Errorf("after the crash the object is %d bytes of %s", len(body), object.ContentType)
	}
	if found := keys(list(t, after, "")); len(found) != 1 {
		t.Errorf("after the crash there are %v", found)
	}
}

func TestServerThatIsGoneIsAnOutageForEveryVerb(t *testing.T) {
	server := s3test.New(t)
	s := openHurried(t, server.URL(), server.Credentials)
	server.Kill()
	expectOutage(t, s)
}

// TestServerThatIsSilentIsAnOutageForEveryVerb: it takes the connection and never says a word, the slowest kind of outage.
func TestServerThatIsSilentIsAnOutageForEveryVerb(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	expectOutage(t, openHurried(t, s3test.URL(l.Addr().String()), s3test.Credentials{AccessKeyID: "k", SecretAccessKey: "s"}))
}

func TestWrongSecretAndMissingBucketAreOutagesNotMissingObjects(t *testing.T) {
	server := s3test.New(t)
	wrong := server.Credentials
	wrong.SecretAccessKey = "another"
	expectOutage(t, openHurried(t, server.URL(), wrong))
	expectOutage(t, openHurried(t, strings.Replace(server.URL(), "s3://pictures", "s3://nowhere", 1), server.Credentials))
}

// TestBodyThatBreaksOffIsAnOutage: the headers promised more than came.
func TestBodyThatBreaksOffIsAnOutage(t *testing.T) {
	short := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.Header().Set("Content-Type", "image/jpeg")
		_, _ = w.Write([]byte("the first few"))
	}))
	defer short.Close()
	s := openHurried(t, s3test.URL(strings.TrimPrefix(short.URL, "http://")), s3test.Credentials{AccessKeyID: "k", SecretAccessKey: "s"})
	object, err := s.Get(t.Context(), "a.jpg")
	if err != nil {
		t.Fatal(err)
	}
	defer object.Body.Close()
	if _, err := io.ReadAll(object.Body); !isUnavailable(err) {
		t.Errorf("%v, want unavailable", err)
	}
}

// TestABodyMayBeReadMoreSlowlyThanTheLimit: the limit is on the server's answer, not on the reader.
func TestABodyMayBeReadMoreSlowlyThanTheLimit(t *testing.T) {
	server := s3test.New(t)
	quick := hurried
	quick.read = 200 * time.Millisecond
	quick.response = 10 * time.Second
	s := openWith(t, server.URL(), server.Credentials, quick)
	want := noise(4 << 20)
	if err := open(t, server.URL(), Credentials(server.Credentials)).Put(t.Context(), "a.jpg", want, "image/jpeg"); err != nil {
		t.Fatal(err)
	}
	object, err := s.Get(t.Context(), "a.jpg")
	if err != nil {
		t.Fatal(err)
	}
	defer object.Body.Close()
	first := make([]byte, 1000)
	if _, err := io.ReadFull(object.Body, first); err != nil {
		t.Fatal(err)
	}
	<-time.After(2 * quick.read) // the passing of time is what is tested
	rest, err := io.ReadAll(object.Body)
	if err != nil || !bytes.Equal(append(first, rest...), want) {
		t.Errorf("read %d of %d bytes: %v", len(first)+len(rest), len(want), err)
	}
}

func expectOutage(t *testing.T, s Store) {
	t.Helper()
	for verb, do := range map[string]func() error{
		"put":    func() error { return s.Put(t.Context(), "a.jpg", []byte("x"), "image/jpeg") },
		"get":    func() error { _, err := s.Get(t.Context(), "a.jpg"); return err },
		"delete": func() error { return s.Delete(t.Context(), "a.jpg") },
		"list":   func() error { return s.List(t.Context(), "", func(Info) error { return nil }) },
		"ready":  func() error { return s.Ready(t.Context()) },
	} {
		if err := within(t, soon, do); !isUnavailable(err) {
			t.Errorf("%s: %v, want unavailable", verb, err)
		}
	}
}

// within fails when do takes longer than it may.
func within(t *testing.T, limit time.Duration, do func() error) error {
	t.Helper()
	began := time.Now()
	err := do()
	if took := time.Since(began); took > limit {
		t.Errorf("took %s, may take %s", took, limit)
	}
	return err
}

func openHurried(t *testing.T, url string, secrets s3test.Credentials) Store {
	t.Helper()
	return openWith(t, url, secrets, hurried)
}

func openWith(t *testing.T, url string, secrets s3test.Credentials, l limits) Store {
	t.Helper()
	p, err := parse(url)
	if err != nil {
		t.Fatal(err)
	}
	s, err := openBucket(t.Context(), p, Credentials(secrets), l)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// relay passes connections on to a server; when so many bytes went up over one, it calls then and cuts that connection.
func relay(t *testing.T, to string, limit int64, then func()) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	var fired bool
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				_ = client.Close()
				continue
			}
			go func() { _, _ = io.Copy(client, server) }()
			n, _ := io.CopyN(server, client, limit)
			if n == limit && !fired {
				fired = true
				then()
			}
			_, _ = client.Close(), server.Close()
		}
	}()
	return l.Addr().String()
}

// noise cannot be compressed, so that every byte travels.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}
