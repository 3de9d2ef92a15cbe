.PHONY: test bench demo

test:
	go test ./...

demo:
	go run ./cmd/aparte demo

# Every figure of docs/performance.md, with the peers in the same run.
bench:
	go test -run '^$$' -bench . -benchmem ./decide ./profile ./learn ./compose ./store/pebble ./api
	go test -run '^$$' -bench . -benchtime 1x -timeout 30m ./bench
