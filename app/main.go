// Command chancery is the people of a legal practice and the cases they work on: their accounts, what they may and how they sign
// in; clients, messages, dates and invoices; and an API for the practice's other systems.
//
// The way in: main → the command (serve, migrate, user, backup, plan, apply, release, check, sweep, ready, version) → serve.go, which reads from top to bottom as the wiring: the
// settings, the store, the rooms, the pages, the jobs.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"k8s.io/utils/clock"

	"chancery/config"
)

// version and commit are stamped by the build.
var version, commit = "dev", "unknown"

// commands is the command line. A command's Run is found by its field.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Serve the pages and the API, and run the jobs."`
	Migrate migrateCommand `cmd:"" help:"Bring the database to this version's schema, and end."`
	User    userCommands   `cmd:"" help:"People of the practice, from the command line."`
	Backup  backupCommand  `cmd:"" help:"Copy database, key and pictures of this machine into a folder, while a server runs."`
	Restore restoreCommand `cmd:"" help:"Lay a backup ready, which the server's next start puts in place; what is there is kept."`
	Plan    planCommand    `cmd:"" help:"Say what manifests would change in the practice, and change nothing; 2 when there is something."`
	Apply   applyCommand   `cmd:"" help:"Make the practice agree with manifests."`
	Release releaseCommand `cmd:"" help:"Let go of all that a source of manifests declares, and deactivate nobody."`
	Check   checkCommand   `cmd:"" help:"Read manifests of a practice and say what is wrong with them."`
	Sweep   sweepCommand   `cmd:"" help:"Remove pictures from storage that nothing refers to any more."`
	Ready   readyCommand   `cmd:"" help:"Ask a running server whether it is ready."`
	Version versionCommand `cmd:"" help:"Print the version."`

	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`
}

// outside is what a command meets of its surroundings.
type outside struct {
	out    io.Writer
	err    io.Writer
	in     io.Reader
	getenv func(string) string
	clock  clock.WithTicker // nil: the machine's; tests live through nights that are long over
}

// now is what the database's times are made by.
func (o *outside) now() func() time.Time {
	if o.clock == nil {
		return nil
	}
	return o.clock.Now
}

func main() {
	private()
	os.Exit(run(os.Args[1:], &outside{out: os.Stdout, err: os.Stderr, in: os.Stdin, getenv: os.Getenv}))
}

// run is the program: 0 when it went well, 1 when it failed, 2 when it was called or configured wrongly, or when
// plan has found differences.
func run(args []string, o *outside) int {
	exit := -1
	parser, err := kong.New(&commands{}, kong.Name("chancery"), kong.Writers(o.out, o.err), kong.Exit(func(code int) { exit = code }),
		kong.Description("The people of a legal practice, their accounts and their cases. Every setting is a flag or the variable named behind it; chancery serve --help lists them all."),
		kong.Vars{"version": versionLine()}, kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.ValueFormatter(explainFlag), kong.ExplicitGroups([]kong.Group{
			{Key: "reach", Title: "How it is reached"}, {Key: "data", Title: "Where data lies"},
			{Key: "mail", Title: "Mail"}, {Key: "sync", Title: "The case system beside it"}, {Key: "calendars", Title: "Calendars outside"}, {Key: "security", Title: "Security"},
		}))
	if err != nil {
		return fail(o, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	ctx, err := parser.Parse(args)
	if exit >= 0 { // help was asked for and given
		return exit
	}
	if err != nil {
		fmt.Fprintln(o.err, "chancery:", err)
		return 2
	}
	return fail(o, ctx.Run(o))
}

// fail says an error in words and answers with the program's exit code; nil is 0.
func fail(o *outside, err error) int {
	var wrong config.Problems
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errDiffers):
		return 2
	case errors.As(err, &wrong):
		fmt.Fprintf(o.err, "chancery: wrong settings (%d); chancery serve --help says what is right:\n", len(wrong))
		for _, p := range wrong {
			fmt.Fprintln(o.err, "  "+p.String())
		}
		return 2
	default:
		fmt.Fprintln(o.err, "chancery:", err)
		return 1
	}
}

// explainFlag is a flag's help with its variable and default behind it; the flag library leaves the default out where a
// placeholder stands for the value.
func explainFlag(v *kong.Value) string {
	var more []string
	if v.Flag != nil && len(v.Flag.Envs) > 0 {
		more = append(more, v.Flag.Envs...)
	}
	if v.HasDefault && v.Default != "" {
		more = append(more, "default "+v.Default)
	}
	if len(more) == 0 {
		return v.Help
	}
	return v.Help + " (" + strings.Join(more, "; ") + ")"
}

type versionCommand struct{}

func (versionCommand) Run(o *outside) error {
	fmt.Fprintln(o.out, versionLine())
	return nil
}

// versionLine is what --version prints: the release, and the sources it was made of.
func versionLine() string { return fmt.Sprintf("chancery %s (commit %s)", version, commit) }
