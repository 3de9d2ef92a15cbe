package main

import (
	"fmt"
	"runtime/debug"
)

type versionCommand struct{}

// Run prints the module's version, the commit it was built from and the Go release.
func (versionCommand) Run() error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		fmt.Println("aparte (unknown build)")
		return nil
	}
	commit := "unknown commit"
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = s.Value
		}
	}
	fmt.Printf("aparte %s, %s, %s\n", info.Main.Version, commit, info.GoVersion)
	return nil
}
