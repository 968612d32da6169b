// Command postern is the call firewall for the inside of a service mesh.
package main

import (
	"os"

	"postern/server"
)

func main() { os.Exit(server.Main()) }
