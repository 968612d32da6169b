package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// browser is a headless Chromium with one page, driven by the DevTools protocol over a pipe (--remote-debugging-pipe: JSON, each message ended by a zero byte).
type browser struct {
	t       *testing.T
	to      io.Writer
	session string

	mu      sync.Mutex
	last    int
	waiting map[int]chan answered
	wrong   []string // what the page itself complained of
}

type answered struct {
	Result json.RawMessage
	Error  *struct{ Message string }
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	path := peer(t, "CHROMIUM", "install it (apt-get install chromium)", "chromium", "chromium-browser", "google-chrome")
	theirs, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, answers, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	chromium := exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-sync",
		"--user-data-dir="+t.TempDir(), "--remote-debugging-pipe", "--window-size=1280,900", "about:blank")
	chromium.ExtraFiles = []*os.File{theirs, answers} // 3 and 4
	if err := chromium.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = theirs.Close(), answers.Close() // the browser's ends
	b := &browser{t: t, to: to, waiting: map[int]chan answered{}}
	go b.read(from)
	t.Cleanup(func() {
		_, _ = b.say("Browser.close", map[string]any{})
		ended := make(chan struct{})
		go func() { _ = chromium.Wait(); close(ended) }() // killed or closed
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
		}
		cancel()
		<-ended
		_, _ = to.Close(), from.Close()
	})
	var target struct{ TargetID string }
	b.must("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.must("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.must(domain+".enable", map[string]any{}, nil)
	}
	return b
}

// read hands answers to who waits, and keeps what the page complains of.
func (b *browser) read(from io.Reader) {
	messages := bufio.NewReader(from)
	for {
		text, err := messages.ReadBytes(0)
		if err != nil {
			return
		}
		var m struct {
			ID     int
			Method string
			Params json.RawMessage
			answered
		}
		if json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m) != nil {
			continue
		}
		b.mu.Lock()
		if m.Method == "Runtime.exceptionThrown" || m.Method == "Log.entryAdded" && bytes.Contains(m.Params, []byte(`"level":"error"`)) {
			b.wrong = append(b.wrong, string(m.Params))
		}
		if c := b.waiting[m.ID]; c != nil {
			c <- m.answered
			delete(b.waiting, m.ID)
		}
		b.mu.Unlock()
	}
}

func (b *browser) say(method string, params any) (json.RawMessage, *answered) {
	b.mu.Lock()
	b.last++
	c := make(chan answered, 1)
	b.waiting[b.last] = c
	message, err := json.Marshal(map[string]any{"id": b.last, "method": method, "params": params, "sessionId": b.session})
	if b.session == "" {
		message, err = json.Marshal(map[string]any{"id": b.last, "method": method, "params": params})
	}
	if err == nil {
		_, err = b.to.Write(append(message, 0))
	}
	b.mu.Unlock()
	if err != nil {
		return nil, &answered{Error: &struct{ Message string }{err.Error()}}
	}
	select {
	case a := <-c:
		if a.Error != nil {
			return nil, &a
		}
		return a.Result, nil
	case <-time.After(30 * time.Second):
		return nil, &answered{Error: &struct{ Message string }{"no answer in 30 s"}}
	}
}

func (b *browser) must(method string, params, out any) {
	b.t.Helper()
	result, wrong := b.say(method, params)
	if wrong != nil {
		b.t.Fatalf("%s: %s", method, wrong.Error.Message)
	}
	if out != nil {
		if err := json.Unmarshal(result, out); err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
	}
}

// eval gives the value of an expression in the page, as text.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	var out struct {
		Result           struct{ Value any }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	b.must("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &out)
	if out.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, out.ExceptionDetails.Exception.Description)
	}
	text, _ := out.Result.Value.(string)
	return text
}

// open goes to an address and waits until the page says each of the texts.
func (b *browser) open(url string, texts ...string) {
	b.t.Helper()
	b.must("Page.navigate", map[string]any{"url": url}, nil)
	b.sees(texts...)
}

// sees waits until the page says each of the texts, and returns all that it says.
func (b *browser) sees(texts ...string) (all string) {
	b.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		all = b.eval("document.body ? document.body.innerText : ''")
		missing := ""
		for _, text := range texts {
			if !strings.Contains(all, text) {
				missing = text
			}
		}
		if missing == "" {
			return all
		}
		if time.Now().After(deadline) {
			b.picture("failed")
			b.t.Fatalf("the page does not say %q; it says:\n%s", missing, all)
		}
	}
}

// click presses the first button or link that says this.
func (b *browser) click(text string) {
	b.t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		b.t.Fatal(err)
	}
	if b.eval(`(() => { const e = [...document.querySelectorAll("button, a, .link")].find((e) => !e.disabled && e.textContent.trim() === `+string(quoted)+`); if (e) e.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true })); return e ? "clicked" : ""; })()`) == "" {
		b.picture("failed")
		b.t.Fatalf("there is nothing to click that says %q", text)
	}
}

// picture keeps what the page looks like, where POSTERN_PICTURES names a folder for people to look at.
func (b *browser) picture(name string) {
	b.t.Helper()
	folder := os.Getenv("POSTERN_PICTURES")
	if folder == "" {
		return
	}
	var shot struct{ Data string }
	b.must("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true}, &shot)
	image, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), image, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// well holds that nothing went wrong in the page: no exception, nothing that its own policy refused.
func (b *browser) well() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.wrong {
		b.t.Errorf("the page complains: %s", w)
	}
}
