package main

import (
	"fmt"
	"runtime/debug"
)

type versionCommand struct{}

// Run prints the module's version, the commit it was built from and the Go release.
func (versionCommand) Run() error {
	fmt.Println("aparte " + thisBuild())
	return nil
}

// thisBuild is the module's version, the commit it was built from and the Go release.
func thisBuild() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown build)"
	}
	commit := "unknown commit"
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = s.Value
		}
	}
	return fmt.Sprintf("%s, %s, %s", info.Main.Version, commit, info.GoVersion)
}
