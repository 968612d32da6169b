package profile

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

// remark is a text that people write; wrapped, it is a member of a ticket whose state is always JSON in a text.
func remark(r *rand.Rand) string {
	words := strings.Fields("the lamp in our hall (first floor) is broken again, please send somebody; it's urgent: \"no light\" - thanks!")
	from := r.IntN(len(words) - 4)
	return strings.Join(words[from:from+4+r.IntN(len(words)-from-3)], " ")
}

func ticket(note, state string) string {
	return fmt.Sprintf(`{"note":%q,"state":%q,"urgent":false}`, note, state)
}

// A text that holds plain words, base64 or JSON may hold XML too. One that always holds the same JSON, and the body itself, may not change.
func TestLooseTexts(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(3, 3))
	state := func(text string) string { return fmt.Sprintf(`{"step":%q,"round":%d}`, text, r.IntN(9)) }
	for i := range 3000 {
		note := remark(r)
		switch r.IntN(3) {
		case 0:
			note = base64.StdEncoding.EncodeToString([]byte(note))
		case 1:
			note = fmt.Sprintf(`{"text":%q,"v":2}`, note)
		}
		c.teach(fmt.Sprint(i), web, post("/tickets", ticket(note, state(remark(r)))))
	}
	c.Publish()
	plain := `please send somebody; it's broken again`
	for _, x := range []struct {
		name, body string
		allow      bool
	}{
		{"XML, never seen", ticket("<note><text>"+plain+"</text></note>", state(plain)), true},
		{"another JSON", ticket(`{"remark":"`+plain+`","lang":"en"}`, state(plain)), true},
		{"XML with its declaration, in percent escapes", ticket(url.QueryEscape(`<?xml version="1.0" encoding="UTF-8"?><note><text>`+plain+`</text></note>`), state(plain)), true},
		{"words where JSON had a number", ticket(`{"text":"`+plain+`","v":"`+plain+`"}`, state(plain)), true},
		{"an attack in XML", ticket("<note><text>x' union select card from users where '1'='1</text></note>", state(plain)), false},
		{"marks of no text in XML", ticket("<note><text>${{}}|||`~`|||{{}}$</text></note>", state(plain)), false},
		{"marks of no text beside a word in base64", ticket("${{}}|||`~`|||{{}}$ cGxlYXNlIHNlbmQgc29tZWJvZHk=", state(plain)), false},
		{"a word in base64 in a text", ticket("please send cGxlYXNlIHNlbmQgc29tZWJvZHk= again", state(plain)), true},
		{"an operator for a name", ticket(`{"$where":"`+plain+`"}`, state(plain)), false},
		{"a member that the body never had", `{"note":"` + plain + `","state":"{\"step\":\"please send\",\"round\":1}","urgent":false,"admin":true}`, false},
		{"a member that the state never had", ticket(plain, `{"step":"please send","round":1,"admin":true}`), false},
		{"the state without its JSON", ticket(plain, plain), false},
	} {
		t.Run(x.name, func(t *testing.T) {
			if v := c.ask(web, post("/tickets", x.body)); v.Allow != x.allow {
				t.Errorf("allowed %v, score %.2f, %+v", v.Allow, v.Score, v.Reasons)
			}
		})
	}
}

// A document in a text is odd, and never denied alone; beside it nothing of an attack is hidden.
func TestDocumentsAloneAreNotDenied(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(4, 4))
	for i := range 2000 {
		c.teach(fmt.Sprint(i), web, post("/tickets", ticket(remark(r), `{"step":"a","round":1}`)))
	}
	c.Publish()
	for text, allow := range map[string]bool{"please send (it's the lamp)": true, "select name from lamps where hall is \"first\"": true, "lamp'; drop table lamps; --": false} {
		if v := c.ask(web, post("/tickets", ticket(text, `{"step":"a","round":1}`))); v.Allow != allow {
			t.Errorf("%s: allowed %v, score %.2f, %+v", text, v.Allow, v.Score, v.Reasons)
		}
	}
}

// TestStructureInWrappingIsRead: a text that always holds a structure in a wrapping is judged by what is in it.
func TestStructureInWrappingIsRead(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(7, 7))
	body := func(colour string) string {
		inner := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"colour":%q,"count":%d}`, colour, r.IntN(100)))
		return fmt.Sprintf(`{"data":%q}`, inner)
	}
	for i := range 2000 {
		c.teach(fmt.Sprint(i), web, post("/wrapped", body([]string{"red", "green", "blue"}[r.IntN(3)])))
	}
	c.Publish()
	if v := c.ask(web, post("/wrapped", body("green"))); !v.Allow {
		t.Errorf("an ordinary one: score %.2f, %+v", v.Score, v.Reasons)
	}
	if v := c.ask(web, post("/wrapped", body("mauve"))); v.Allow {
		t.Errorf("a colour that never was: score %.2f, %+v", v.Score, v.Reasons)
	}
}
