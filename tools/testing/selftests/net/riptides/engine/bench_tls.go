// SPDX-License-Identifier: GPL-2.0-only

// Full mutual TLS 1.3 handshakes of Go over a pipe, as bench.c has those of
// OpenSSL:
//
//	bench_tls DIR HANDSHAKES NAME [pq]
//
// DIR has ca.pem, chain.pem and leaf.key. Prints nanoseconds of CPU time of
// both sides together, for they cannot be told apart here.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"net"
	"os"
	"runtime"
	"strconv"
	"syscall"
)

func cpu() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func run(n int, client, server *tls.Config) {
	for i := 0; i < n; i++ {
		a, b := net.Pipe()
		done := make(chan error)
		s := tls.Server(b, server)
		go func() { done <- s.Handshake() }()
		if err := tls.Client(a, client).Handshake(); err != nil {
			log.Fatal(err)
		}
		if err := <-done; err != nil {
			log.Fatal(err)
		}
		a.Close()
		b.Close()
	}
}

func main() {
	runtime.GOMAXPROCS(1)
	dir := os.Args[1] + "/"
	n, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	cert, err := tls.LoadX509KeyPair(dir+"chain.pem", dir+"leaf.key")
	if err != nil {
		log.Fatal(err)
	}
	pem, err := os.ReadFile(dir + "ca.pem")
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	config := tls.Config{
		MinVersion:             tls.VersionTLS13,
		CurvePreferences:       []tls.CurveID{tls.X25519},
		Certificates:           []tls.Certificate{cert},
		RootCAs:                roots,
		ClientCAs:              roots,
		ClientAuth:             tls.RequireAndVerifyClientCert,
		ServerName:             "localhost",
		SessionTicketsDisabled: true,
	}
	what := "full"
	if len(os.Args) > 4 {
		what = os.Args[4]
		config.CurvePreferences = []tls.CurveID{4588} // X25519MLKEM768
	}
	run(n/10+1, &config, &config)
	begin := cpu()
	run(n, &config, &config)
	fmt.Printf("%s %s %d 0\n", os.Args[3], what, (cpu()-begin)/int64(n))
}
