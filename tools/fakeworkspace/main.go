// A Databricks workspace on loopback: Databricks' own stateful fake, which ships with
// the CLI, as a program. It prints its URL on a line of standard output and runs until
// SIGTERM, SIGINT or, with -stdin, the end of its standard input.
//
//	fakeworkspace -mirror folder -- program argument…
//
// The program carries out pipeline updates and job runs, on the deployed files (see
// runner.go).
//
// Exit code 2 when a client called an endpoint that the fake does not have; standard
// error names each of them.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/databricks/cli/libs/testserver"
	"github.com/databricks/databricks-sdk-go/service/jobs"
)

func main() {
	logFile := flag.String("log", os.DevNull, "append every request to this file, a JSON object a line")
	stdin := flag.Bool("stdin", false, "end with standard input too: whoever dies takes the workspace along")
	folder := flag.String("mirror", "", "keep deployed files and files of volumes in this folder, too")
	flag.Parse()
	os.Exit(run(*logFile, *stdin, *folder, flag.Args()))
}

func run(logFile string, stdin bool, folder string, command []string) int {
	log, err := openRequestLog(logFile)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	end := ending(stdin)
	t := &harness{}
	defer t.end()

	s := testserver.New(t)
	s.ResponseCallback = log.answered
	s.NotFound = func(w http.ResponseWriter, r *http.Request) {
		if testserver.IsLocalhostProbe(r) {
			return
		}
		log.unknown(r)
		t.Errorf("unknown endpoint: %s %s", r.Method, r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotImplemented)
		json.NewEncoder(w).Encode(map[string]string{
			"error_code": "NOT_IMPLEMENTED",
			"message":    "the fake workspace has no endpoint " + r.Method + " " + r.URL.Path,
		})
	}
	// The first registration of a route wins: ours come before the defaults.
	if folder != "" {
		mirror{folder}.handle(s)
	}
	if len(command) > 0 {
		r := runner{command, folder, s.URL}
		(&updates{runner: r, byID: map[string]*update{}}).handle(s)
		(&runs{runner: r, byID: map[int64]*jobs.Run{}}).handle(s)
		defer running.end()
	}
	testserver.AddDefaultHandlers(s)
	fmt.Println(s.URL)

	<-end
	return t.report(os.Stderr)
}

// ending must be called before the URL is printed: whoever reads it may end us at once.
func ending(stdin bool) <-chan os.Signal {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, os.Interrupt)
	if stdin {
		go func() {
			io.Copy(io.Discard, os.Stdin)
			end <- syscall.SIGTERM
		}()
	}
	return end
}
