.PHONY: test bench demo try

test:
	go test ./...

demo:
	go run ./cmd/aparte demo

# The whole loop tried from outside, with curl: what SDKs sent, a decision and what followed, kill -9, 2,000 visitors.
try:
	demo/try.sh

# Every figure of docs/performance.md, with the peers in the same run, and the costs of docs/knowing.md.
bench:
	go test -run '^$$' -bench . -benchmem ./decide ./profile ./learn ./compose ./store/pebble ./api
	go test -run '^$$' -bench . ./lifetime ./measure/attribution ./learn/lookalike ./learn/residual
	go test -run '^$$' -bench . -benchtime 1x -timeout 30m ./bench
