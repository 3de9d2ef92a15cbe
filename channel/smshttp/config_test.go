package smshttp_test

import (
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/channel/smshttp"
)

func TestWhatIsWrongWithADocumentIsNamedByItsPointer(t *testing.T) {
	const sound = `{"url": "https://{{ env.HOST }}/send", "headers": {"X-Key": "{{ env.SMS_TOKEN }}"}, "json": {"to": ["{{ to }}"]}, "answer": {"id": "/id"},
		"inbound": {"proof": {"header": "X-Sig", "secret": "{{ env.SMS_IN_SECRET }}", "hmac": "sha256"},
		"reply": {"id": "/id", "from": "/from", "text": "/text"}, "receipt": {"key": "/ref", "state": "/state", "delivered": ["DELIVRD"]}}}`
	if c := parse(t, sound); c.URL != "https://sms.example/send" || c.Headers["X-Key"] != "token-1234" {
		t.Errorf("config %+v", c)
	}
	for _, test := range []struct{ old, new, want string }{
		{"{", "", "is no JSON object"},
		{`{"id": "/id"}`, `{id: "/id"}`, "/answer: is not JSON"},
		{`"url"`, `"uri"`, "/uri: is not known"},
		{`"https://{{ env.HOST }}/send"`, `"http://{{ env.HOST }}/send"`, "/url: want https"},
		{`"https://{{ env.HOST }}/send"`, `"https://a:token-1234@host/send"`, "/url: want https"},
		{`/send`, `/send?to={{ to }}`, `/url: no variable "to"`},
		{"env.HOST", "env.NOWHERE", "/url: the environment variable NOWHERE is not set"},
		{"{{ env.SMS_TOKEN }}", "{{ text }}", `/headers/X-Key: no variable "text"`},
		{`"X-Key"`, `"X Key"`, "/headers/X Key: is no header"},
		{`["{{ to }}"]`, `["{{ too }}"]`, `/json/to/0: no variable "too"`},
		{`["{{ to }}"]`, `["{{ to }"]`, "/json/to/0: {{ is not closed"},
		{`"json": {"to": ["{{ to }}"]}, `, ``, "/json: is required"},
		{`"answer": {"id": "/id"}`, `"answer": {"id": "id"}`, "/answer/id: is no JSON pointer"},
		{`"answer": {"id": "/id"}`, `"answer": {"deadCodes": ["1"]}`, "/answer/code: is required"},
		{`"answer": {"id": "/id"}`, `"answer": {"temporary": "429"}`, "/answer/temporary: is not of the right type"},
		{"{{ env.SMS_IN_SECRET }}", "short", "/inbound/proof/secret"},
		{"sha256", "md5", "/inbound/proof/hmac"},
		{`"header": "X-Sig", `, ``, "/inbound/proof/header"},
		{`"id": "/id", "from"`, `"from"`, "/inbound/reply: id, from and text"},
		{`"key": "/ref"`, `"reference": "/ref"`, "/inbound/receipt: key is required"},
		{`"delivered": ["DELIVRD"]`, `"delivered": []`, "/inbound/receipt: which states"},
	} {
		if !strings.Contains(sound, test.old) {
			t.Fatalf("no %s in the document", test.old)
		}
		_, err := smshttp.Parse([]byte(strings.Replace(sound, test.old, test.new, 1)), environment)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s for %s: %v, want %q", test.new, test.old, err, test.want)
		} else if strings.Contains(err.Error(), "token-1234") || strings.Contains(err.Error(), "a-secret") {
			t.Errorf("the error repeats a secret: %v", err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(byJSON))
	f.Add([]byte(byForm))
	f.Add([]byte(toldJSON))
	f.Fuzz(func(t *testing.T, document []byte) {
		if c, err := smshttp.Parse(document, environment); (c == nil) == (err == nil) {
			t.Errorf("config %v, error %v", c, err)
		}
	})
}
