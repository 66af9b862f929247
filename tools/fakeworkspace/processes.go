package main

import (
	"sync"
	"syscall"
	"time"
)

// running are the programs that must not outlive the workspace.
var running = processes{groups: map[string]int{}}

type processes struct {
	mu     sync.Mutex
	groups map[string]int // process group of an update or run, by its id
}

func (p *processes) add(run string, group int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.groups[run] = group
}

func (p *processes) remove(run string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.groups, run)
}

// stop ends one with all that it has started.
func (p *processes) stop(run string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if group, ok := p.groups[run]; ok {
		syscall.Kill(-group, syscall.SIGTERM)
	}
}

// end ends all of them, by force where they do not end by themselves.
func (p *processes) end() {
	p.signal(syscall.SIGTERM)
	for range 50 {
		if p.signal(0) == 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	p.signal(syscall.SIGKILL)
}

// signal returns how many groups there were to take it.
func (p *processes) signal(what syscall.Signal) (count int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, group := range p.groups {
		if syscall.Kill(-group, what) == nil {
			count++
		}
	}
	return count
}
