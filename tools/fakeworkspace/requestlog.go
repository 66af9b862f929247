package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/databricks/cli/libs/testserver"
)

// requestLog is a file of one JSON object a request, in the order of the answers. A
// line is there before the client has the answer.
type requestLog struct {
	mu   sync.Mutex
	file *os.File
}

type record struct {
	Method string              `json:"method"`
	Path   string              `json:"path"`
	Query  map[string][]string `json:"query,omitempty"`
	// By the token: "user" or "service principal".
	Identity string `json:"identity,omitempty"`
	// JSON as it is, other text as a string, binary contents not at all.
	Body   any `json:"body,omitempty"`
	Status int `json:"status"`
}

func openRequestLog(path string) (*requestLog, error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	return &requestLog{file: file}, err
}

func (l *requestLog) answered(request *testserver.Request, response *testserver.EncodedResponse) {
	l.write(request.Method, request.URL, request.Token, request.Body, response.StatusCode)
}

func (l *requestLog) unknown(r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	l.write(r.Method, r.URL, token, body, http.StatusNotImplemented)
}

func (l *requestLog) write(method string, url *url.URL, token string, body []byte, status int) {
	line, err := json.Marshal(record{
		method, url.Path, url.Query(), identity(token), readable(body), status,
	})
	if err != nil {
		panic(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.file.Write(append(line, '\n')); err != nil {
		panic(err)
	}
}

func readable(body []byte) any {
	switch {
	case len(body) == 0:
		return nil
	case json.Valid(body):
		return json.RawMessage(body)
	case utf8.Valid(body):
		return string(body)
	}
	return nil
}

func identity(token string) string {
	switch {
	case token == "":
		return ""
	case strings.HasPrefix(token, testserver.ServicePrincipalTokenPrefix):
		return "service principal"
	}
	return "user"
}
