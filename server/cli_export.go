package server

import (
	"bytes"
	"context"
	"flag"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"postern/profile/export"
	"postern/server/admin"
)

const exportHelp = `
Writes what the running Postern has learned and what operators decided as a profile file, to FILE or standard output: for Git, a backup, or postern judge -profile. With -format and -callee it writes
one callee's rules for others instead: openapi (OpenAPI 3.1), istio (AuthorizationPolicy), rbac (Envoy's RBAC filter), rego. Each says in itself what it cannot express.

  postern profile export -o shop.json
  postern profile export -format istio -callee shop/orders | kubectl apply -f -`

func bindExport(flags *flag.FlagSet) action {
	file := flags.String("o", "", "the file to write; empty: standard output")
	from := flags.String("profile", "", "a profile file to read, in place of the running Postern")
	format := flags.String("format", "profile", "which `format`: profile, or one callee's rules for others: "+strings.Join(export.Formats(), ", "))
	callee := flags.String("callee", "", "the callee: NS/SA or a SPIFFE ID")
	return func(ctx context.Context, a *app, _ []string) error {
		if *from != "" {
			return a.exportFile(*from, *format, *callee, *file)
		}
		path := "/profile"
		if *format != "profile" {
			path = "/export?" + url.Values{"format": {*format}, "callee": {*callee}}.Encode()
		}
		answer, err := a.ask(ctx, http.MethodGet, path, nil)
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }() // only read
		if *file == "" {
			_, err = io.Copy(a.stdout, answer.Body)
			return err
		}
		return replaceFile(*file, func(w io.Writer) error {
			_, err := io.Copy(w, answer.Body)
			return err
		})
	}
}

// exportFile writes what a profile file holds.
func (a *app) exportFile(from, format, callee, to string) error {
	learner, err := a.openProfile(from)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if format == "profile" {
		err = learner.Save(&text)
	} else {
		err = admin.Export(&text, learner.Snapshot(), format, callee, a.config.TrustDomain)
	}
	if err != nil {
		return err
	}
	if to == "" {
		_, err = text.WriteTo(a.stdout)
		return err
	}
	return replaceFile(to, func(w io.Writer) error {
		_, err := text.WriteTo(w)
		return err
	})
}

const importHelp = `Adds a profile file, as "postern profile export" wrote it, to what the running Postern has learned and decided, and returns once the store has all of it.
It may be repeated. The acts in the file become yours, and "postern profile log" tells who first decided them.
The file's hash key must be the store's own, since its hashes mean nothing under another. To restore a file into a new store, start Postern on it with
POSTERN_HASH_KEY_FILE=FILE, then import FILE.

  postern profile import shop.json`

func bindImport(*flag.FlagSet) action {
	return func(ctx context.Context, a *app, files []string) error {
		if len(files) != 1 {
			return usagef("profile import wants one file")
		}
		text, err := os.ReadFile(files[0])
		if err != nil {
			return err
		}
		return a.api(ctx, http.MethodPut, "/profile", text, nil)
	}
}
