package main

import (
	"os"
	"sync"
	"syscall"
)

// running are the programs that must not outlive the workspace.
var running processes

type processes struct {
	mu  sync.Mutex
	all map[*os.Process]bool
}

func (p *processes) add(process *os.Process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = map[*os.Process]bool{}
	}
	p.all[process] = true
}

func (p *processes) remove(process *os.Process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.all, process)
}

func (p *processes) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for process := range p.all {
		process.Signal(syscall.SIGTERM)
	}
}
