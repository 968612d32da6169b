// Command postern is the call firewall for the inside of a service mesh.
package main

func main() {}
