.PHONY: test bench demo try

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
