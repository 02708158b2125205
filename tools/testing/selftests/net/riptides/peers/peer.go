// SPDX-License-Identifier: GPL-2.0-only

// Go's crypto/tls as a peer of the interop test:
//
//	peer server PORT CERT KEY CA MUTUAL
//	peer client PORT CERT KEY CA MUTUAL NAME BULK CONNECTIONS
//	peer late-server|early-server PORT CERT KEY CA MUTUAL
//	peer late-client|early-client PORT CERT KEY CA MUTUAL NAME
//
// The server echoes. The client sends a line and BULK bytes, wants them back,
// and connects CONNECTIONS times, resuming when it can. One that is late says
// nothing until the other end is through, then returns all that it got. One
// that is early is through before the other end begins. Both tell what they
// got.
package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
)

func check(err error) {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func config(args []string) *tls.Config {
	cert, err := tls.LoadX509KeyPair(args[1], args[2])
	check(err)
	pem, err := os.ReadFile(args[3])
	check(err)
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		fmt.Println("failed: no CA")
		os.Exit(1)
	}
	c := &tls.Config{
		MinVersion:         tls.VersionTLS13,
		RootCAs:            pool,
		ClientCAs:          pool,
		ClientSessionCache: tls.NewLRUClientSessionCache(4),
	}
	if args[4] == "1" {
		c.Certificates = []tls.Certificate{cert}
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c
}

func echo(conn *tls.Conn) {
	io.Copy(conn, conn)
}

func half(early bool) func(*tls.Conn) {
	return func(conn *tls.Conn) {
		if early {
			conn.Write([]byte("early\n"))
			check(conn.CloseWrite())
		}
		data, err := io.ReadAll(conn)
		check(err)
		if !early {
			conn.Write(data)
		}
		fmt.Printf("got %d %x\n", len(data), sha256.Sum256(data))
	}
}

func server(args []string, talk func(*tls.Conn)) {
	c := config(args)
	cert, err := tls.LoadX509KeyPair(args[1], args[2])
	check(err)
	c.Certificates = []tls.Certificate{cert}
	l, err := net.Listen("tcp4", "127.0.0.1:"+args[0])
	check(err)
	for {
		raw, err := l.Accept()
		check(err)
		go func() {
			conn := tls.Server(raw, c)
			if err := conn.Handshake(); err != nil {
				fmt.Println("refused:", err)
			} else {
				talk(conn)
			}
			conn.Close()
		}()
	}
}

func exchange(conn *tls.Conn, bulk int) {
	text := append([]byte("ping-go\n"), bytes.Repeat([]byte("0123456789abcdef"), bulk/16)...)
	go conn.Write(text)
	back := make([]byte, len(text))
	_, err := io.ReadFull(conn, back)
	check(err)
	if !bytes.Equal(text, back) {
		fmt.Println("failed: other bytes came back")
		os.Exit(1)
	}
}

func client(args []string) {
	c := config(args)
	c.ServerName = args[5]
	bulk, err := strconv.Atoi(args[6])
	check(err)
	times, err := strconv.Atoi(args[7])
	check(err)
	for i := 0; i < times; i++ {
		conn, err := tls.Dial("tcp4", "127.0.0.1:"+args[0], c)
		check(err)
		exchange(conn, bulk)
		s := conn.ConnectionState()
		fmt.Printf("ok version=%04x suite=%04x resumed=%t\n", s.Version, s.CipherSuite, s.DidResume)
		check(conn.CloseWrite())
		io.Copy(io.Discard, conn)
		conn.Close()
	}
}

func main() {
	if len(os.Args) > 6 && os.Args[1] == "server" {
		server(os.Args[2:], echo)
	} else if len(os.Args) > 6 && strings.HasSuffix(os.Args[1], "-server") {
		server(os.Args[2:], half(os.Args[1] == "early-server"))
	} else if len(os.Args) > 7 && strings.HasSuffix(os.Args[1], "-client") {
		c := config(os.Args[2:])
		c.ServerName = os.Args[7]
		conn, err := tls.Dial("tcp4", "127.0.0.1:"+os.Args[2], c)
		check(err)
		half(os.Args[1] == "early-client")(conn)
		conn.Close()
	} else if len(os.Args) > 9 && os.Args[1] == "client" {
		client(os.Args[2:])
	} else {
		fmt.Println("usage: see the source")
		os.Exit(1)
	}
}
