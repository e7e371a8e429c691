// The reverse proxy of Go's standard library, as small as it is usually written. Compiled by the bench.
package main

import (
	"flag"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// buffers keeps ReverseProxy from making a new copy buffer for each answer.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte  { return *b.pool.Get().(*[]byte) }
func (b *buffers) Put(x []byte) { b.pool.Put(&x) }

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "address to listen on")
	origin := flag.String("origin", "http://127.0.0.1:3000", "where requests go")
	cert := flag.String("cert", "", "certificate, PEM; with it TLS is spoken")
	key := flag.String("key", "", "its private key, PEM")
	flag.Parse()
	target, err := url.Parse(*origin)
	if err != nil {
		log.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	// The default keeps two connections to a host: under load nearly every request would make a new one.
	proxy.Transport = &http.Transport{
		MaxIdleConns:        4096,
		MaxIdleConnsPerHost: 2048,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
	}
	proxy.BufferPool = &buffers{sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}}
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	server := &http.Server{Addr: *listen, Handler: proxy, ErrorLog: log.New(io.Discard, "", 0)}
	if *cert != "" {
		log.Fatal(server.ListenAndServeTLS(*cert, *key))
	}
	log.Fatal(server.ListenAndServe())
}
