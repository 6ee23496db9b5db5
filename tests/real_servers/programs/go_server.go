// The server of Go's x/crypto/ssh. usage: go_server ADDRESS PORT KEY [METHOD]
package main

import (
	"log"
	"net"
	"os"

	"golang.org/x/crypto/ssh"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	pem, err := os.ReadFile(os.Args[3])
	must(err)
	key, err := ssh.ParsePrivateKey(pem)
	must(err)
	config := &ssh.ServerConfig{}
	if len(os.Args) > 4 {
		config.KeyExchanges = os.Args[4:]
	}
	config.PasswordCallback = func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
		return nil, os.ErrPermission
	}
	config.AddHostKey(key)
	listener, err := net.Listen("tcp", net.JoinHostPort(os.Args[1], os.Args[2]))
	must(err)
	for {
		connection, err := listener.Accept()
		must(err)
		go func() {
			if _, _, _, err := ssh.NewServerConn(connection, config); err != nil {
				connection.Close()
			}
		}()
	}
}
