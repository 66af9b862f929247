package main

import (
	"encoding/json"
	"os"
	"path"
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
	file := m.path(name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}

// adopt takes over what a program has written into a folder of the mirror, so that the
// API knows it, too.
func (m mirror) adopt(w *testserver.FakeWorkspace, folder string) {
	folder = path.Join("/", folder)
	entries, err := os.ReadDir(m.path(folder))
	if err != nil {
		return // nothing of that name, or a file
	}
	w.WorkspaceMkdirs(workspace.Mkdirs{Path: folder})
	for _, entry := range entries {
		name := path.Join(folder, entry.Name())
		if entry.IsDir() {
			w.WorkspaceMkdirs(workspace.Mkdirs{Path: name})
		} else if !w.FileExists(name) {
			if content, err := os.ReadFile(m.path(name)); err == nil {
				w.WorkspaceFilesImportFile(name, content, true)
			}
		}
	}
}

// handle puts itself before the default handlers of the same routes.
func (m mirror) handle(s *testserver.Server) {
	put := func(req testserver.Request) any {
		name := req.Vars["path"]
		m.adopt(req.Workspace, path.Dir(name))
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
	s.Handle("HEAD", "/api/2.0/fs/directories/{path...}", func(req testserver.Request) any {
		name := path.Join("/", req.Vars["path"])
		m.adopt(req.Workspace, name)
		if req.Workspace.FileExists(name) || !req.Workspace.DirectoryExists(name) {
			return testserver.Response{StatusCode: 404}
		}
		return testserver.Response{StatusCode: 200}
	})
	s.Handle("GET", "/api/2.0/fs/directories/{path...}", func(req testserver.Request) any {
		m.adopt(req.Workspace, req.Vars["path"])
		return req.Workspace.FsListDirectory(req.Vars["path"])
	})
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
