// Command aparte is the whole product in one binary: `aparte demo` shows it at work in one command,
// `aparte serve` is the real thing. One file a command.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands are the flags and commands; kong reads them from the struct tags, and from environment
// variables of the names given there.
type commands struct {
	Demo    demoCommand    `cmd:"" help:"A furnished brand on this machine, with people walking through it."`
	Serve   serveCommand   `cmd:"" help:"Serve the doors and the console."`
	Version versionCommand `cmd:"" help:"Say which build this is."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	k := kong.Parse(&c,
		kong.Name("aparte"),
		kong.Description("One-to-one marketing: for each person, at each moment, what to say, or nothing."),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "aparte:", err)
		stop()
		os.Exit(1)
	}
}
