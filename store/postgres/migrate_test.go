package postgres

import "testing"

func TestWhoKeepsRowsAsPostgreSQLDoes(t *testing.T) {
	for version, want := range map[string]bool{
		"PostgreSQL 15.14 (Debian 15.14-0+deb12u1) on x86_64-pc-linux-gnu, compiled by gcc": true,
		"PostgreSQL 15.2-YB-2025.1.0.0-b0 on x86_64-pc-linux-gnu":                           false,
		"CockroachDB CCL v25.2.0 (x86_64-pc-linux-gnu, built 2025/05/12, go1.23.7)":         false,
		"": false,
	} {
		if hasPages(version) != want {
			t.Errorf("%q: %v", version, !want)
		}
	}
}
