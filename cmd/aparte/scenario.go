package main

// scenarioCommands are what can be done with scenarios before they are live.
type scenarioCommands struct {
	Check scenarioCheckCommand `cmd:"" help:"Say what is wrong with a file of scenarios, by line and column."`
}
