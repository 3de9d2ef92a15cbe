package query

import (
	"strings"
	"testing"
)

// Where a query goes on is no part of its text, and the name of its cursor is one name, whatever stands in either.
func TestWhatAQueryIsAskedWithIsNoPartOfIt(t *testing.T) {
	for _, hostile := range []string{`x'; drop table crm; --`, `" or 1=1 --`, `$1`, `\'`, "a\x00b", `1) union select password from users --`} {
		s := &Source{query: "select * from crm", cursor: hostile}
		for _, past := range []bool{false, true} {
			sql, args := s.statement(Place{Value: hostile, Past: past}, 10)
			if len(args) != 1 || args[0] != hostile {
				t.Errorf("%q is asked with %q", hostile, args)
			}
			name := `q."` + strings.ReplaceAll(strings.ReplaceAll(hostile, "\x00", ""), `"`, `""`) + `"`
			if rest := strings.ReplaceAll(sql, name, ""); rest != strings.ReplaceAll("select row_to_json(q)::text, ::text from (select * from crm\n) as q where  is not null and  >= $1 order by  fetch first 10 rows with ties", ">=", map[bool]string{false: ">=", true: ">"}[past]) {
				t.Errorf("%q stands in the query: %s", hostile, rest)
			}
		}
	}
}
