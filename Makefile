.PHONY: test bench demo try fuzz

test:
	go test ./...

demo:
	go run ./cmd/aparte demo

# The whole loop tried from outside, with curl: what SDKs sent, a decision and what followed, kill -9, 2,000 visitors.
try:
	demo/try.sh

# Every figure that is asked for, beside what is asked and the peers' figures: bench/table/bars.json says which.
bench:
	go run ./bench/table

# Every door attacked with 10,000 requests (hours), then every fuzz target for a while: docs/fuzzing.md.
fuzz:
	APARTE_FUZZ_REQUESTS=10000 go test ./cmd/aparte -run TestNoRequestBreaksADoor -timeout 24h -v
	for t in $$(sed -n 's/^| `\([^`]*\)` | `\(Fuzz[A-Za-z]*\)`.*/\1:\2/p' docs/fuzzing.md); do go test ./$${t%%:*} -run NONE -fuzz "^$${t##*:}$$" -fuzztime 20s || exit 1; done
