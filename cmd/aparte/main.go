// Command aparte is the whole product in one binary: `aparte demo` shows it at work in one command,
// `aparte serve` is the real thing. One file a command.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	_ "time/tzdata" // zones are the same on every host

	"github.com/alecthomas/kong"

	"github.com/aparte-dev/aparte/exchange/table"
)

// commands are the flags and commands; kong reads them from the struct tags, and from environment
// variables of the names given there.
type commands struct {
	Demo      demoCommand      `cmd:"" help:"A furnished brand on this machine, with people walking through it."`
	Serve     serveCommand     `cmd:"" help:"Serve the doors and the console."`
	Import    importCommands   `cmd:"" help:"Bring in events, people, attributes or a catalogue from files."`
	Erase     eraseCommand     `cmd:"" help:"Erase a person who asked for it, everywhere, down to the store's files."`
	Export    exportCommand    `cmd:"" help:"Write people, events or decisions into files: CSV, NDJSON, Parquet."`
	Backup    backupCommand    `cmd:"" help:"Take a backup of all there is, while the server is at work."`
	Copy      copyCommand      `cmd:"" help:"Copy everything into another store: from a directory to PostgreSQL, or back."`
	Restore   restoreCommand   `cmd:"" help:"Make a store of a backup, where all of it is as it was."`
	Verify    verifyCommand    `cmd:"" help:"Check whether a store holds together: every history, state, identifier, timer, counter, document and chance."`
	Rebuild   rebuildCommand   `cmd:"" help:"Make every person's state, and the model, anew from the log, into a new directory."`
	Simulate  simulateCommand  `cmd:"" help:"Let Aparté live in a world whose truth is known, beside other policies."`
	Lab       labCommands      `cmd:"" help:"The engine's statistics over anyone's files."`
	Replay    replayCommand    `cmd:"" help:"Print a decision and take it again from the log: the same, to the byte?"`
	Whatif    whatifCommand    `cmd:"" help:"What a brand that was not live would have been worth, answered from the log."`
	Scenario  scenarioCommands `cmd:"" help:"Check and test scenarios before they are live, and see what ships ready to be switched on."`
	Results   resultsCommand   `cmd:"" help:"What being told things was worth, what each content earned, and how far that is to be believed."`
	Lookalike resembleCommand  `cmd:"" help:"Who of the brand's people resembles some of them, ranked, with reasons; and lists for ad platforms."`
	Compose   composeCommand   `cmd:"" help:"A sheet of all that a brand can say, to be looked at."`
	Credit    creditCommand    `cmd:"" name:"attribution" help:"What channels, contents and devices are owed, by every model, beside what they were measured to earn."`
	Keys      keysCommands     `cmd:"" help:"Keys that others verify, and the master key of secrets."`
	Version   versionCommand   `cmd:"" help:"Say which build this is."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	k := kong.Parse(new(commands), options(ctx)...)
	if err := k.Run(); err != nil && !stopped(ctx, err) {
		complain(err)
		stop()
		os.Exit(1)
	}
}

// complain says what went wrong. Bad input says it the way compilers do, place first, so that editors find it.
func complain(err error) {
	var bad *table.Error
	if errors.As(err, &bad) {
		fmt.Fprintln(os.Stderr, bad)
		return
	}
	if at := (placed{}); errors.As(err, &at) {
		fmt.Fprintln(os.Stderr, at)
		return
	}
	fmt.Fprintln(os.Stderr, "aparte:", err)
}

// stopped reports whether a command ended because it was told to while it was still starting.
func stopped(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, context.Canceled)
}

// options is how the command line is read.
func options(ctx context.Context) []kong.Option {
	return []kong.Option{
		kong.Name("aparte"),
		kong.Description("One-to-one marketing: for each person, at each moment, what to say, or nothing."),
		kong.UsageOnError(),
		banditNames(),
		kong.Vars{"memory": strconv.Itoa(defaultMemory)},
		kong.BindTo(ctx, (*context.Context)(nil)),
	}
}
