package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/databricks/cli/libs/testserver"
	"github.com/databricks/databricks-sdk-go/service/pipelines"
)

// runner starts one program for each pipeline update and each job run. It reads what to
// run as JSON from standard input, and tells how it goes by JSON objects, a line each.
type runner struct {
	command []string
	mirror  string
	url     string
}

// task is what the program reads.
type task struct {
	Kind string `json:"kind"` // "update" or "run"
	ID   string `json:"id"`   // of the pipeline or job
	Run  string `json:"run"`  // of the update or run
	// As the client asked for it.
	Request json.RawMessage `json:"request"`
	// All pipelines of the workspace, by id.
	Pipelines map[string]pipelines.PipelineSpec `json:"pipelines"`
	Mirror    string                            `json:"mirror"`
	Host      string                            `json:"host"`
	Token     string                            `json:"token"`
}

// start runs the program in the background. `told` is called for each line, `ended`
// once, with what the program wrote to standard error where it did not exit with 0.
func (r runner) start(t task, req testserver.Request, told func([]byte), ended func(failure string)) error {
	t.Request, t.Mirror, t.Host = req.Body, r.mirror, r.url
	t.Token = strings.TrimPrefix(req.Headers.Get("Authorization"), "Bearer ")
	if len(t.Request) == 0 {
		t.Request = json.RawMessage("{}")
	}
	t.Pipelines = map[string]pipelines.PipelineSpec{}
	unlock := req.Workspace.LockUnlock()
	for id, pipeline := range req.Workspace.Pipelines {
		t.Pipelines[id] = *pipeline.Spec
	}
	unlock()
	input, err := json.Marshal(t)
	if err != nil {
		return err
	}
	program := exec.Command(r.command[0], r.command[1:]...)
	// With all that it starts, it is a group of its own, which can be ended as one.
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	program.Stdin = bytes.NewReader(input)
	var errors bytes.Buffer
	program.Stderr = &errors
	output, err := program.StdoutPipe()
	if err != nil {
		return err
	}
	if err := program.Start(); err != nil {
		return err
	}
	running.add(t.Run, program.Process.Pid)
	go func() {
		lines := bufio.NewScanner(output)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			told(lines.Bytes())
		}
		failure := ""
		if err := program.Wait(); err != nil {
			failure = fmt.Sprintf("%s: %s", err, strings.TrimSpace(errors.String()))
			fmt.Fprintln(os.Stderr, failure)
		}
		running.remove(t.Run)
		ended(failure)
	}()
	return nil
}
