package s3test

import (
	"net/http"
	"testing"
)

func TestServerKeepsStrangersOut(t *testing.T) {
	s := New(t)
	response, err := http.Get("http://" + s.Addr() + "/" + bucket)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("without a signature: %s, want 403", response.Status)
	}
}

func TestServerIsGoneAfterKillAndComesBack(t *testing.T) {
	s := New(t)
	was := s.Addr()
	s.Kill()
	if response, err := http.Get("http://" + was + "/"); err == nil {
		_ = response.Body.Close()
		t.Fatalf("a killed server answers %s", response.Status)
	}
	s.Restart()
	response, err := http.Get("http://" + s.Addr() + "/")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
}
