// Command aparte is the whole product in one binary: `aparte demo` shows it at work in one command,
// `aparte serve` is the real thing. One file a command.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	_ "time/tzdata" // zones are the same on every host

	"github.com/alecthomas/kong"
)

// commands are the flags and commands; kong reads them from the struct tags, and from environment
// variables of the names given there.
type commands struct {
	Demo     demoCommand     `cmd:"" help:"A furnished brand on this machine, with people walking through it."`
	Serve    serveCommand    `cmd:"" help:"Serve the doors and the console."`
	Simulate simulateCommand `cmd:"" help:"Let Aparté live in a world whose truth is known, beside other policies."`
	Version  versionCommand  `cmd:"" help:"Say which build this is."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k := kong.Parse(new(commands), options(ctx)...)
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "aparte:", err)
		stop()
		os.Exit(1)
	}
}

// options is how the command line is read.
func options(ctx context.Context) []kong.Option {
	return []kong.Option{
		kong.Name("aparte"),
		kong.Description("One-to-one marketing: for each person, at each moment, what to say, or nothing."),
		kong.UsageOnError(),
		kong.Vars{"memory": strconv.Itoa(defaultMemory)},
		kong.BindTo(ctx, (*context.Context)(nil)),
	}
}
