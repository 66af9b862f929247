package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/databricks/cli/libs/testserver"
	"github.com/databricks/databricks-sdk-go/service/jobs"
)

// runs are those of jobs whose tasks ran for real, by the runner.
type runs struct {
	runner runner
	mu     sync.Mutex
	byID   map[int64]*jobs.Run
	last   int64
}

func (r *runs) handle(s *testserver.Server) {
	s.Handle("POST", "/api/2.2/jobs/run-now", r.post)
	s.Handle("GET", "/api/2.2/jobs/runs/get", r.get)
}

func (r *runs) post(req testserver.Request) any {
	var request jobs.RunNow
	if err := json.Unmarshal(req.Body, &request); err != nil {
		return testserver.Response{StatusCode: 400, Body: err.Error()}
	}
	unlock := req.Workspace.LockUnlock()
	job, ok := req.Workspace.Jobs[request.JobId]
	unlock()
	if !ok {
		return missing("job", strconv.FormatInt(request.JobId, 10))
	}
	one := &jobs.Run{
		JobId:   request.JobId,
		RunName: job.Settings.Name,
		RunType: jobs.RunTypeJobRun,
		State:   &jobs.RunState{LifeCycleState: jobs.RunLifeCycleStatePending},
	}
	r.mu.Lock()
	r.last += 1000
	one.RunId = r.last
	one.RunPageUrl = fmt.Sprintf("%s/?o=900800700600#job/%d/run/%d", r.runner.url, one.JobId, one.RunId)
	for i, t := range job.Settings.Tasks {
		one.Tasks = append(one.Tasks, jobs.RunTask{
			RunId:   one.RunId + int64(i) + 1,
			TaskKey: t.TaskKey,
			State:   &jobs.RunState{LifeCycleState: jobs.RunLifeCycleStatePending},
		})
	}
	r.byID[one.RunId] = one
	r.mu.Unlock()

	told := func(line []byte) { r.told(req.Workspace, one, line) }
	done := func(failure string) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.finish(req.Workspace, one, failure)
	}
	t := task{Kind: "run", ID: fmt.Sprint(one.JobId), Run: fmt.Sprint(one.RunId)}
	if err := r.runner.start(t, req, told, done); err != nil {
		done(err.Error())
	}
	return jobs.RunNowResponse{RunId: one.RunId}
}

// told takes over what the runner says of one task.
func (r *runs) told(workspace *testserver.FakeWorkspace, one *jobs.Run, line []byte) {
	var news struct {
		Task   string          `json:"task"`
		State  jobs.RunState   `json:"state"`
		Output *jobs.RunOutput `json:"output"`
		Time   int64           `json:"time"`
	}
	if err := json.Unmarshal(line, &news); err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	one.State = &jobs.RunState{LifeCycleState: jobs.RunLifeCycleStateRunning}
	for i := range one.Tasks {
		t := &one.Tasks[i]
		if t.TaskKey != news.Task {
			continue
		}
		state := news.State
		t.State = &state
		if state.ResultState == "" {
			t.StartTime = news.Time
		} else {
			t.EndTime = news.Time
		}
		if news.Output != nil {
			unlock := workspace.LockUnlock()
			workspace.JobRunOutputs[t.RunId] = *news.Output
			unlock()
		}
	}
}

// finish rolls the tasks' results up into that of the run, as the Jobs API does.
// A task that the runner said nothing of shares the fate of the run.
func (r *runs) finish(workspace *testserver.FakeWorkspace, one *jobs.Run, failure string) {
	defer workspace.LockUnlock()()
	one.State = &jobs.RunState{
		LifeCycleState: jobs.RunLifeCycleStateTerminated,
		ResultState:    jobs.RunResultStateSuccess,
	}
	for i := range one.Tasks {
		t := &one.Tasks[i]
		if t.State.ResultState == "" {
			t.State = &jobs.RunState{
				LifeCycleState: jobs.RunLifeCycleStateTerminated,
				ResultState:    jobs.RunResultStateSuccess,
			}
			if failure != "" {
				t.State.ResultState = jobs.RunResultStateFailed
			}
			workspace.JobRunOutputs[t.RunId] = jobs.RunOutput{Error: failure}
		}
		if t.State.ResultState == jobs.RunResultStateFailed && failure == "" {
			failure = fmt.Sprintf("Task %s failed with message: %s.", t.TaskKey, t.State.StateMessage)
		}
	}
	if failure != "" {
		one.State.LifeCycleState = jobs.RunLifeCycleStateInternalError
		one.State.ResultState = jobs.RunResultStateFailed
		one.State.StateMessage = failure
	}
}

func (r *runs) get(req testserver.Request) any {
	id, err := strconv.ParseInt(req.URL.Query().Get("run_id"), 10, 64)
	r.mu.Lock()
	defer r.mu.Unlock()
	one, ok := r.byID[id]
	if err != nil || !ok {
		return missing("run", req.URL.Query().Get("run_id"))
	}
	seen := *one
	seen.Tasks = slices.Clone(one.Tasks)
	return seen
}
