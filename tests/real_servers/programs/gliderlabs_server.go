// The server of Go's gliderlabs/ssh, on which Wish is built. usage: gliderlabs_server ADDRESS PORT KEY
package main

import (
	"log"
	"net"
	"os"

	"github.com/gliderlabs/ssh"
)

func main() {
	server := &ssh.Server{Addr: net.JoinHostPort(os.Args[1], os.Args[2])}
	server.PasswordHandler = func(ssh.Context, string) bool { return false }
	if err := server.SetOption(ssh.HostKeyFile(os.Args[3])); err != nil {
		log.Fatal(err)
	}
	log.Fatal(server.ListenAndServe())
}
