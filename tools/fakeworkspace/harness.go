package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
)

// harness is what the fake takes for a *testing.T: it remembers errors until the end.
type harness struct {
	mu       sync.Mutex
	errors   []string
	cleanups []func()
}

func (h *harness) Error(args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.errors = append(h.errors, fmt.Sprint(args...))
}

func (h *harness) Errorf(format string, args ...any) { h.Error(fmt.Sprintf(format, args...)) }

func (h *harness) Fatal(args ...any) {
	h.Error(args...)
	h.FailNow()
}

func (h *harness) Fatalf(format string, args ...any) { h.Fatal(fmt.Sprintf(format, args...)) }

// FailNow ends the goroutine, hence the request, and not the server.
func (h *harness) FailNow() { runtime.Goexit() }

func (h *harness) Cleanup(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cleanups = append(h.cleanups, f)
}

func (h *harness) TempDir() string {
	folder, err := os.MkdirTemp("", "fakeworkspace-")
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

func (h *harness) Setenv(key, value string) {
	if err := os.Setenv(key, value); err != nil {
		h.Fatal(err)
	}
}

func (h *harness) Context() context.Context { return context.Background() }
func (h *harness) Helper()                  {}
func (h *harness) Log(...any)               {}
func (h *harness) Logf(string, ...any)      {}
func (h *harness) Skip(...any)              {}
func (h *harness) Skipf(string, ...any)     {}

// end runs the cleanups, the last registered first.
func (h *harness) end() {
	for i := len(h.cleanups) - 1; i >= 0; i-- {
		h.cleanups[i]()
	}
}

// report writes each error once and returns the exit code: 2 if there was any.
func (h *harness) report(w io.Writer) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := map[string]bool{}
	for _, message := range h.errors {
		if !seen[message] {
			seen[message] = true
			fmt.Fprintln(w, message)
		}
	}
	if len(h.errors) > 0 {
		return 2
	}
	return 0
}
