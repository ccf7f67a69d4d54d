package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrNotInstalled says that no Postgres server was found on this machine, and how to get one.
var ErrNotInstalled = errors.New(
	"no Postgres server on this machine: install one (Debian: apt-get install postgresql) " +
		"or set CHANCERY_TEST_POSTGRES to the URL of one that may create databases")

// Options of a private cluster. The zero value is what tests want.
type Options struct {
	// Durable keeps fsync and full-page writes on, as in production: for a bench. Tests go without, because nobody
	// needs their data after a power cut.
	Durable bool
	// Settings are further server settings by name, such as {"log_statement": "all"}.
	Settings map[string]string
}

// Cluster is a private Postgres server. Its superuser is "chancery", its only door a Unix socket in a folder that
// nobody else may enter.
type Cluster struct {
	dir      string
	keeper   *exec.Cmd
	lifeline io.WriteCloser
}

// Start makes a cluster in a temporary folder and waits until it answers (0.4 s in memory, 1.1 s on a disk). It ends
// with Stop, or when this process ends in whatever way: a shell, the keeper, holds the other end of a pipe and takes
// cluster and folder away when the pipe closes. Ctrl-C and kill -9 therefore leave nothing behind.
//
// Postgres refuses to run as root, so for root the keeper runs as the user postgres, or else nobody.
//
// It returns ErrNotInstalled where no server is installed.
func Start(o Options) (_ *Cluster, err error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	who, err := unprivileged()
	if err != nil {
		return nil, err
	}
	dir, err := folder(o, who)
	if err != nil {
		return nil, err
	}
	ready := false
	defer func() {
		if !ready {
			os.RemoveAll(dir)
		}
	}()

	initdb := exec.Command(filepath.Join(bin, "initdb"), "--pgdata="+filepath.Join(dir, "data"),
		"--username=chancery", "--auth=trust", "--encoding=UTF8", "--locale="+locale(), "--no-sync", "--no-instructions")
	initdb.Dir, initdb.SysProcAttr = dir, &syscall.SysProcAttr{Credential: who}
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}

	c := &Cluster{dir: dir}
	if err := c.start(filepath.Join(bin, "postgres"), settings(dir, o), who); err != nil {
		return nil, err
	}
	if err := c.await(); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	ready = true
	return c, nil
}

// URL of the database "postgres", as the superuser.
func (c *Cluster) URL() string {
	query := url.Values{"host": {c.dir}}
	return (&url.URL{Scheme: "postgres", User: url.User("chancery"), Path: "/postgres", RawQuery: query.Encode()}).String()
}

// PID of the postmaster, whose children serve the connections: for a bench that counts their CPU time.
func (c *Cluster) PID() (int, error) {
	lines, err := os.ReadFile(filepath.Join(c.dir, "data", "postmaster.pid"))
	if err != nil {
		return 0, fmt.Errorf("postmaster: %w", err)
	}
	first, _, _ := strings.Cut(string(lines), "\n")
	return strconv.Atoi(first)
}

// Stop ends the server at once, whoever is connected, and removes its folder.
func (c *Cluster) Stop() error {
	c.lifeline.Close()
	if err := c.keeper.Wait(); err != nil {
		return fmt.Errorf("end postgres: %w", err)
	}
	return os.RemoveAll(c.dir) // what is left where the keeper may not write in the parent folder
}

// Restart ends the server at once, whoever is connected, and starts it again, as after a failure of its machine: it recovers first. It returns
// when it answers.
func (c *Cluster) Restart() error {
	before, err := c.PID()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(c.lifeline, "restart\n"); err != nil {
		return fmt.Errorf("restart postgres: %w", err)
	}
	for {
		if err := c.await(); err != nil {
			return err
		}
		if now, err := c.PID(); err != nil || now != before {
			return err
		}
		time.Sleep(5 * time.Millisecond) // the one before still answers
	}
}

// keeperScript starts the server, anew for each line of its standard input, and takes everything away when that ends. SIGQUIT is
// Postgres's immediate shutdown.
const keeperScript = `
dir=$1; shift
serve() { "$@" </dev/null >>"$dir/log" 2>&1 & server=$!; }
serve "$@"
while read -r _; do
	kill -QUIT "$server" 2>/dev/null
	wait "$server"
	serve "$@"
done
kill -QUIT "$server" 2>/dev/null
wait "$server"
rm -rf "$dir"
exit 0
`

func (c *Cluster) start(postgres string, settings []string, who *syscall.Credential) error {
	c.keeper = exec.Command("/bin/sh", append([]string{"-c", keeperScript, "keeper", c.dir, postgres}, settings...)...)
	c.keeper.Dir = c.dir
	// A session of its own: Ctrl-C in a terminal reaches the tests, and the keeper only when they have gone.
	c.keeper.SysProcAttr = &syscall.SysProcAttr{Credential: who, Setsid: true}
	lifeline, err := c.keeper.StdinPipe()
	if err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	c.lifeline = lifeline
	if err := c.keeper.Start(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	return nil
}

// await returns when the server answers a query, or with its log when it does not within the time.
func (c *Cluster) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, c.URL())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
			return fmt.Errorf("postgres does not answer: %w: %s", err, bytes.TrimSpace(log))
		}
	}
}

func settings(dir string, o Options) []string {
	all := map[string]string{
		"listen_addresses":        "",
		"unix_socket_directories": dir,
		"unix_socket_permissions": "0700",
		"max_connections":         "200", // several packages at once, each with a pool
		"shared_buffers":          "128MB",
		"timezone":                "UTC",
	}
	if !o.Durable {
		all["fsync"], all["synchronous_commit"], all["full_page_writes"] = "off", "off", "off"
		all["wal_level"], all["max_wal_senders"] = "minimal", "0"
		all["autovacuum"] = "off" // it would sit in a template at the moment it is copied
	}
	for name, value := range o.Settings {
		all[name] = value
	}
	args := []string{"-D", filepath.Join(dir, "data")}
	for name, value := range all {
		args = append(args, "-c", name+"="+value)
	}
	return args
}

// binaries returns the folder that holds postgres and initdb: from PATH, or where distributions keep them, the highest
// version first.
func binaries() (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil {
		if file, err := filepath.EvalSymlinks(path); err == nil && hasServer(filepath.Dir(file)) {
			return filepath.Dir(file), nil
		}
	}
	var found []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*",
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
	} {
		dirs, _ := filepath.Glob(pattern) // the patterns are well-formed
		for _, dir := range dirs {
			if hasServer(dir) {
				found = append(found, dir)
			}
		}
	}
	if len(found) == 0 {
		return "", ErrNotInstalled
	}
	sort.SliceStable(found, func(i, j int) bool { return version(found[i]) > version(found[j]) })
	return found[0], nil
}

// locale folds and sorts letters beyond ASCII by code point, wherever the tests run.
func locale() string {
	if runtime.GOOS == "darwin" {
		return "en_US.UTF-8" // macOS has no C.UTF-8
	}
	return "C.UTF-8"
}

func hasServer(dir string) bool {
	for _, name := range []string{"postgres", "initdb"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// version is the number in a path such as /usr/lib/postgresql/15/bin.
func version(path string) int {
	digits := strings.FieldsFunc(path, func(r rune) bool { return r < '0' || r > '9' })
	if len(digits) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(digits[0])
	return n
}

// unprivileged returns whom the server runs as, nil for the one who asks.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errU := strconv.ParseUint(u.Uid, 10, 32)
		gid, errG := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(errU, errG); err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("postgres does not run as root, and there is neither a user postgres nor nobody")
}

// folder makes the cluster's folder for who, in memory where the machine offers that: CREATE DATABASE makes 300 files,
// which took 20 ms in /dev/shm and 270 ms on ext4. Durable data belongs on a disk. TMPDIR is not asked: the path of a
// Unix socket has room for some 100 letters, and root's TMPDIR is often closed to others.
func folder(o Options, who *syscall.Credential) (string, error) {
	parent := "/tmp"
	if !o.Durable && roomy("/dev/shm") {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "chancery-pg-")
	if err != nil {
		return "", fmt.Errorf("folder for postgres: %w", err)
	}
	if who != nil {
		if err := os.Chown(dir, int(who.Uid), int(who.Gid)); err != nil {
			return "", errors.Join(fmt.Errorf("folder for postgres: %w", err), os.Remove(dir))
		}
	}
	return dir, nil
}

// roomy asks for 2 GiB: a cluster is 60 MB and each database 8 MB, but containers often have a /dev/shm of 64 MB.
func roomy(dir string) bool {
	var fs syscall.Statfs_t
	return syscall.Statfs(dir, &fs) == nil && fs.Bavail*uint64(fs.Bsize) >= 2<<30
}
