// Package server is the program: it reads the environment, opens the ports, and wires envoy, profile and inspect together. Start reading at check.go, the way of a request.
//
//	config.go       Config and its variables; the only reader of the environment
//	cli.go          Main, the table of commands, help; cli_*.go the commands by subject
//
// # Decisions
//
// 2026-11-23: an empty variable is as good as an unset one, and "off" closes a port. Deployment templates leave variables blank; a blank that closed the admin port,
// or opened it, would be found out late. Refused: empty means off. Price: one word to know.
package server
