package main

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/databricks/cli/libs/testserver"
	"github.com/databricks/databricks-sdk-go/service/workspace"
)

// mirror keeps deployed files and files of volumes in a folder as well, where programs
// can read them: /Workspace/Users/… and /Volumes/… lie below it under those names.
type mirror struct{ folder string }

func (m mirror) path(name string) string {
	return filepath.Join(m.folder, filepath.FromSlash("/"+name))
}

func (m mirror) write(name string, content []byte) error {
	path := m.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

// handle puts itself before the default handlers of the same routes.
func (m mirror) handle(s *testserver.Server) {
	put := func(req testserver.Request) any {
		name := req.Vars["path"]
		overwrite := req.URL.Query().Get("overwrite") == "true"
		response := req.Workspace.WorkspaceFilesImportFile(name, req.Body, overwrite)
		if response.StatusCode < 300 {
			if err := m.write(name, req.Body); err != nil {
				return testserver.Response{StatusCode: 500, Body: err.Error()}
			}
		}
		return response
	}
	s.Handle("POST", "/api/2.0/workspace-files/import-file/{path...}", put)
	s.Handle("PUT", "/api/2.0/fs/files/{path...}", put)
	s.Handle("DELETE", "/api/2.0/fs/files/{path...}", func(req testserver.Request) any {
		os.Remove(m.path(req.Vars["path"]))
		return req.Workspace.FsDeleteFile(req.Vars["path"])
	})
	s.Handle("POST", "/api/2.0/workspace/delete", func(req testserver.Request) any {
		var request workspace.Delete
		if err := json.Unmarshal(req.Body, &request); err != nil {
			return testserver.Response{StatusCode: 400, Body: err.Error()}
		}
		req.Workspace.WorkspaceDelete(request.Path, request.Recursive)
		os.RemoveAll(m.path(request.Path))
		return ""
	})
}
