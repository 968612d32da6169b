# Each target prints what it does and what to do when it can't.
CORPORA ?= ../shared/data
SECTION ?=

.PHONY: build quality
build:
	CGO_ENABLED=0 go build -trimpath -o bin/postern ./server/cmd/postern

quality:
	go run ./test/quality -corpora $(CORPORA) $(SECTION)
