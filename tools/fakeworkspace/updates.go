package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"sync"

	"github.com/databricks/cli/libs/testserver"
	"github.com/databricks/databricks-sdk-go/service/pipelines"
)

// updates are those of pipelines that ran for real, by the runner.
type updates struct {
	runner runner
	mu     sync.Mutex
	byID   map[string]*update
}

type update struct {
	pipeline string
	state    pipelines.UpdateInfoState
	events   []pipelines.PipelineEvent // oldest first
	served   int                       // how many of them a client has seen
}

func (u *updates) handle(s *testserver.Server) {
	s.Handle("POST", "/api/2.0/pipelines/{pipeline_id}/updates", u.post)
	s.Handle("GET", "/api/2.0/pipelines/{pipeline_id}/updates/{update_id}", u.get)
	s.Handle("GET", "/api/2.0/pipelines/{pipeline_id}/events", u.list)
	s.Handle("POST", "/api/2.0/pipelines/{pipeline_id}/stop", u.stop)
}

func (u *updates) post(req testserver.Request) any {
	pipeline := req.Vars["pipeline_id"]
	started := req.Workspace.PipelineStartUpdate(pipeline)
	response, ok := started.Body.(pipelines.StartUpdateResponse)
	if !ok {
		return started // there is no such pipeline
	}
	id := response.UpdateId
	u.mu.Lock()
	for _, other := range u.byID {
		if other.pipeline == pipeline && !ended(other.state) {
			u.mu.Unlock()
			return conflict(fmt.Sprintf("An active update already exists for pipeline %s.", pipeline))
		}
	}
	one := &update{pipeline: pipeline, state: pipelines.UpdateInfoStateInitializing}
	u.byID[id] = one
	u.mu.Unlock()

	told := func(line []byte) {
		var news struct {
			Event *pipelines.PipelineEvent  `json:"event"`
			State pipelines.UpdateInfoState `json:"state"`
		}
		if err := json.Unmarshal(line, &news); err != nil {
			return
		}
		u.mu.Lock()
		defer u.mu.Unlock()
		if news.Event != nil {
			one.events = append(one.events, *news.Event)
		}
		if news.State != "" && !ended(one.state) {
			one.state = news.State
		}
	}
	done := func(failure string) {
		u.mu.Lock()
		defer u.mu.Unlock()
		switch {
		case ended(one.state):
		case failure == "":
			one.state = pipelines.UpdateInfoStateCompleted
		default:
			one.state = pipelines.UpdateInfoStateFailed
		}
	}
	if err := u.runner.start(task{Kind: "update", ID: pipeline, Run: id}, req, told, done); err != nil {
		done(err.Error())
		return testserver.Response{StatusCode: 500, Body: err.Error()}
	}
	return started
}

func (u *updates) get(req testserver.Request) any {
	u.mu.Lock()
	defer u.mu.Unlock()
	one, ok := u.byID[req.Vars["update_id"]]
	if !ok {
		return missing("update", req.Vars["update_id"])
	}
	state := one.state
	if ended(state) && one.served < len(one.events) {
		// The CLI asks for events first and stops at a final state: it would miss some.
		state = pipelines.UpdateInfoStateRunning
	}
	return pipelines.GetUpdateResponse{
		Update: &pipelines.UpdateInfo{UpdateId: req.Vars["update_id"], PipelineId: one.pipeline, State: state},
	}
}

var (
	ofUpdate = regexp.MustCompile(`update_id = '([^']*)'`)
	after    = regexp.MustCompile(`timestamp > '([^']*)'`)
	ofLevel  = regexp.MustCompile(`level *= *'([^']*)'`)
)

// list honours the filters that the CLI sends, newest first as the API does.
func (u *updates) list(req testserver.Request) any {
	filter := req.URL.Query().Get("filter")
	u.mu.Lock()
	defer u.mu.Unlock()
	found := []pipelines.PipelineEvent{}
	for id, one := range u.byID {
		if one.pipeline != req.Vars["pipeline_id"] {
			continue
		}
		if m := ofUpdate.FindStringSubmatch(filter); m != nil && m[1] != id {
			continue
		}
		for _, event := range one.events {
			if m := after.FindStringSubmatch(filter); m != nil && event.Timestamp <= m[1] {
				continue
			}
			if m := ofLevel.FindStringSubmatch(filter); m != nil && string(event.Level) != m[1] {
				continue
			}
			found = append([]pipelines.PipelineEvent{event}, found...)
		}
		one.served = len(one.events)
	}
	return map[string]any{"events": found}
}

// stop cancels what is running of a pipeline.
func (u *updates) stop(req testserver.Request) any {
	u.mu.Lock()
	for id, one := range u.byID {
		if one.pipeline == req.Vars["pipeline_id"] && !ended(one.state) {
			one.state = pipelines.UpdateInfoStateCanceled
			running.stop(id)
		}
	}
	u.mu.Unlock()
	return req.Workspace.PipelineStop(req.Vars["pipeline_id"])
}

func ended(state pipelines.UpdateInfoState) bool {
	return state == pipelines.UpdateInfoStateCompleted ||
		state == pipelines.UpdateInfoStateFailed ||
		state == pipelines.UpdateInfoStateCanceled
}

func missing(what, id string) testserver.Response {
	return testserver.Response{
		StatusCode: 404,
		Body: map[string]string{
			"error_code": "RESOURCE_DOES_NOT_EXIST",
			"message":    fmt.Sprintf("The specified %s %s was not found.", what, id),
		},
	}
}

func conflict(message string) testserver.Response {
	return testserver.Response{
		StatusCode: 409,
		Body:       map[string]string{"error_code": "RESOURCE_CONFLICT", "message": message},
	}
}
