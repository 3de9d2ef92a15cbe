package api

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// brand answers GET /v1/admin/brand: everything the marketer brought, as PUT takes it.
func (s *server) brand(w http.ResponseWriter, _ *http.Request) error {
	plan, err := s.livePlan()
	if err != nil {
		return err
	}
	s.json(w, http.StatusOK, plan.Brand())
	return nil
}

// contents answers GET /v1/admin/contents: those of the live brand, and by content what each lets people see that is known of them.
func (s *server) contents(w http.ResponseWriter, _ *http.Request) error {
	plan, err := s.livePlan()
	if err != nil {
		return err
	}
	reveals := map[aparte.ContentID][]compose.Reveal{}
	for i := range plan.Brand().Contents {
		c := &plan.Brand().Contents[i]
		reveals[c.ID] = s.engine.Reveals(c)
	}
	s.json(w, http.StatusOK, map[string]any{"version": plan.Version(), "contents": plan.Brand().Contents, "reveals": reveals})
	return nil
}

// rules, objectives and scenarios answer GET /v1/admin/… with a part of the live brand.
func (s *server) rules(w http.ResponseWriter, _ *http.Request) error {
	return s.part(w, "rules", func(b *aparte.Brand) any { return b.Rules })
}

func (s *server) objectives(w http.ResponseWriter, _ *http.Request) error {
	return s.part(w, "objectives", func(b *aparte.Brand) any { return b.Objectives })
}

func (s *server) scenarios(w http.ResponseWriter, _ *http.Request) error {
	return s.part(w, "scenarios", func(b *aparte.Brand) any { return b.Scenarios })
}

func (s *server) part(w http.ResponseWriter, name string, of func(*aparte.Brand) any) error {
	plan, err := s.livePlan()
	if err != nil {
		return err
	}
	s.json(w, http.StatusOK, map[string]any{"version": plan.Version(), name: of(plan.Brand())})
	return nil
}

func (s *server) livePlan() (*decide.Plan, error) {
	plan := s.engine.Plan()
	if plan == nil {
		return nil, engine.ErrNoBrand
	}
	return plan, nil
}

// catalogue answers GET /v1/admin/catalogue?limit=&after=: items in the brand's order. "next" is what
// "after" asks for what follows.
func (s *server) catalogue(w http.ResponseWriter, r *http.Request) error {
	limit, err := limitAsked(r)
	if err != nil {
		return err
	}
	plan, err := s.livePlan()
	if err != nil {
		return err
	}
	items := plan.Brand().Items
	if after := aparte.ItemID(r.URL.Query().Get("after")); after != "" {
		i := slices.IndexFunc(items, func(i aparte.Item) bool { return i.ID == after })
		if i < 0 {
			return &problem{wholeRequest, "after", "is no item of the catalogue"}
		}
		items = items[i+1:]
	}
	answer := struct {
		Version uint64        `json:"version"`
		Items   []aparte.Item `json:"items"`
		Next    aparte.ItemID `json:"next,omitempty"`
	}{Version: plan.Version(), Items: items}
	if len(items) > limit {
		answer.Items, answer.Next = items[:limit], items[limit-1].ID
	}
	s.json(w, http.StatusOK, answer)
	return nil
}

// publish answers PUT /v1/admin/brand: a whole brand, live at once when it holds together. What does not
// is 422 with a JSON pointer to each fault, and the brand before stays.
func (s *server) publish(w http.ResponseWriter, r *http.Request) error {
	body, held, err := s.bodies.read(r, maxBrand)
	if err != nil {
		return err
	}
	defer s.bodies.release(held)
	b, err := ParseBrand(body)
	var wrong fault
	if errors.As(err, &wrong) {
		return s.faulty(w, []fault{wrong})
	}
	version, err := s.engine.Publish(r.Context(), b)
	if err != nil {
		if faults := faultsIn(err); len(faults) > 0 {
			return s.faulty(w, faults)
		}
		return err
	}
	s.json(w, http.StatusOK, map[string]any{"success": true, "version": version, "warnings": warnings(b, s.engine.Unsent(), s.engine.Films())})
	return nil
}

// warnings are what of a brand holds together and yet will not do what it says: channels of scenarios on which nothing sends, films
// where none can be made.
func warnings(b *aparte.Brand, unsent []engine.Unsent, films bool) []fault {
	all := []fault{}
	for i := range b.Layouts {
		if l := &b.Layouts[i]; l.Video != nil && !films {
			all = append(all, fault{fmt.Sprintf("/layouts/%d/video", i), fmt.Sprintf("there is no ffmpeg here: layout %q shows its banner instead of a film", l.ID)})
		}
	}
	for _, u := range unsent {
		i := slices.IndexFunc(b.Scenarios, func(x aparte.Scenario) bool { return x.ID == u.Scenario })
		if i < 0 {
			continue // somebody published another brand meanwhile
		}
		at := fmt.Sprintf("/scenarios/%d/channel", i)
		if j := slices.Index(b.Scenarios[i].Also, u.Channel); j >= 0 {
			at = fmt.Sprintf("/scenarios/%d/also/%d", i, j)
		}
		all = append(all, fault{at, fmt.Sprintf("nothing sends on %q here: scenario %q says nothing there", u.Channel, u.Scenario)})
	}
	return all
}

// fault is what is wrong at one place of a brand.
type fault struct {
	Pointer string `json:"pointer"` // JSON Pointer (RFC 6901)
	Message string `json:"message"`
}

func (f fault) Error() string {
	if f.Pointer == "" {
		return f.Message
	}
	return f.Pointer + ": " + f.Message
}

// ParseBrand reads a brand as PUT /v1/admin/brand takes it. An error says at which place, by a JSON pointer,
// it is none; whether it holds together is for the engine to say.
func ParseBrand(body []byte) (*aparte.Brand, error) {
	var b aparte.Brand
	if err := json.Unmarshal(body, &b, json.RejectUnknownMembers(true)); err != nil {
		return nil, unmarshalFault(body, err)
	}
	return &b, nil
}

func (s *server) faulty(w http.ResponseWriter, faults []fault) error {
	s.json(w, http.StatusUnprocessableEntity, struct {
		Success bool    `json:"success"`
		Errors  []fault `json:"errors"`
	}{Errors: faults})
	return nil
}

// unmarshalFault says where a body is not a brand.
func unmarshalFault(body []byte, err error) fault {
	var meaning *json.SemanticError
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &meaning):
		return fault{string(meaning.JSONPointer), "is not known here"}
	case errors.As(err, &meaning):
		message := "is not of the right type"
		if meaning.Err != nil {
			message = meaning.Err.Error()
		} else if meaning.GoType != nil && meaning.JSONKind != 0 {
			message = "cannot be " + kindName(meaning.JSONKind)
		}
		return fault{string(meaning.JSONPointer), message}
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(body[:min(syntax.ByteOffset, int64(len(body)))], []byte{'\n'})
		return fault{string(syntax.JSONPointer), "is not JSON from line " + strconv.Itoa(line) + " on"}
	}
	return fault{"", err.Error()}
}

// kindName is what a JSON value of a kind is called.
func kindName(k jsontext.Kind) string {
	switch k {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "text"
	case '0':
		return "a number"
	}
	return k.String()
}

// faultsIn finds the validation errors in what Publish answers: joined errors whose text begins with a
// JSON pointer and a colon.
func faultsIn(err error) []fault {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []fault
		for _, one := range joined.Unwrap() {
			all = append(all, faultsIn(one)...)
		}
		return all
	}
	pointer, message, ok := strings.Cut(err.Error(), ": ")
	if ok && strings.HasPrefix(pointer, "/") && !strings.Contains(pointer, "\n") { // there may be spaces in it: names are anything
		return []fault{{pointer, message}}
	}
	if inner := errors.Unwrap(err); inner != nil {
		return faultsIn(inner)
	}
	return nil
}
