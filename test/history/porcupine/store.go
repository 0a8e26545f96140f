package main

// The key-value store as one sequential object, written from the client API, and apart from the checker that
// this one is compared with: put, range, delete and Txn over revisions, of which the first is 1.

import "sort"

// Guard of a Txn: every key of the span must hold it, or the absent key if there is none.
type Guard struct {
	Key    string  `json:"key"`
	End    *string `json:"end"`
	Target string  `json:"target"`
	Is     string  `json:"is"`
	Number int64   `json:"number"`
	Text   string  `json:"text"`
}

// Input is an operation; which fields count depends on Kind.
type Input struct {
	Kind      string  `json:"kind"`
	Key       string  `json:"key"`
	End       *string `json:"end"`
	Value     string  `json:"value"`
	Previous  bool    `json:"wantPrevious"`
	Limit     int     `json:"limit"`
	Guards    []Guard `json:"guards"`
	Then      []Input `json:"then"`
	Otherwise []Input `json:"otherwise"`
}

// Pair is a key with its value, creation and modification revision and version.
type Pair struct {
	Key      string `json:"key"`
	Value    string `json:"value"`
	Created  int64  `json:"created"`
	Modified int64  `json:"modified"`
	Version  int64  `json:"version"`
}

// Result of one operation: previous pairs are listed in Pairs too.
type Result struct {
	Kind      string   `json:"kind"`
	Pairs     []Pair   `json:"pairs"`
	Count     int      `json:"count"`
	More      bool     `json:"more"`
	Deleted   int      `json:"deleted"`
	Succeeded bool     `json:"succeeded"`
	Results   []Result `json:"results"`
}

// Output is an answer in full: the revision right after the operation, and what was found and done.
type Output struct {
	Revision int64  `json:"revision"`
	Result   Result `json:"result"`
}

// Store is a value: apply returns a new one and leaves the old as it was.
type Store struct {
	revision int64
	pairs    map[string]Pair
}

func (s Store) copied() Store {
	pairs := make(map[string]Pair, len(s.pairs)+1)
	for key, pair := range s.pairs {
		pairs[key] = pair
	}
	return Store{s.revision, pairs}
}

func within(key, from string, end *string) bool {
	if end == nil {
		return key == from
	}
	return key >= from && (*end == "\x00" || key < *end)
}

func (s Store) in(from string, end *string) []Pair {
	found := []Pair{}
	for key, pair := range s.pairs {
		if within(key, from, end) {
			found = append(found, pair)
		}
	}
	sort.Slice(found, func(a, b int) bool { return found[a].Key < found[b].Key })
	return found
}

// Apply executes one operation as one step.
func (s Store) Apply(input Input) (Store, Output) {
	next := s.copied()
	result, changed := next.run(input, s.revision+1)
	if changed {
		next.revision = s.revision + 1
	}
	return next, Output{next.revision, result}
}

// run changes the store in place; all changes of one step bear the same revision.
func (s Store) run(input Input, revision int64) (Result, bool) {
	switch input.Kind {
	case "put":
		return s.put(input, revision), true
	case "delete":
		gone := s.in(input.Key, input.End)
		for _, pair := range gone {
			delete(s.pairs, pair.Key)
		}
		result := Result{Kind: "delete", Deleted: len(gone)}
		if input.Previous {
			result.Pairs = gone
		}
		return result, len(gone) > 0
	case "range":
		all := s.in(input.Key, input.End)
		result := Result{Kind: "range", Pairs: all, Count: len(all)}
		if input.Limit > 0 && len(all) > input.Limit {
			result.Pairs, result.More = all[:input.Limit], true
		}
		return result, false
	case "txn":
		return s.txn(input, revision)
	}
	panic("no operation: " + input.Kind)
}

func (s Store) put(input Input, revision int64) Result {
	before, there := s.pairs[input.Key]
	pair := Pair{input.Key, input.Value, revision, revision, 1}
	if there {
		pair.Created, pair.Version = before.Created, before.Version+1
	}
	s.pairs[input.Key] = pair
	result := Result{Kind: "put"}
	if input.Previous && there {
		result.Pairs = []Pair{before}
	}
	return result
}

func (s Store) txn(input Input, revision int64) (Result, bool) {
	result := Result{Kind: "txn", Succeeded: true}
	for _, guard := range input.Guards {
		result.Succeeded = result.Succeeded && s.holds(guard)
	}
	branch := input.Then
	if !result.Succeeded {
		branch = input.Otherwise
	}
	changed := false
	for _, operation := range branch {
		one, changes := s.run(operation, revision)
		result.Results = append(result.Results, one)
		changed = changed || changes
	}
	return result, changed
}

func (s Store) holds(guard Guard) bool {
	pairs := s.in(guard.Key, guard.End)
	if len(pairs) == 0 {
		return guard.Target != "value" && compares(guard, Pair{})
	}
	for _, pair := range pairs {
		if !compares(guard, pair) {
			return false
		}
	}
	return true
}

func compares(guard Guard, pair Pair) bool {
	if guard.Target == "value" {
		return ordered(guard.Is, pair.Value < guard.Text, pair.Value == guard.Text)
	}
	number := map[string]int64{
		"version": pair.Version, "created": pair.Created, "modified": pair.Modified,
	}[guard.Target]
	return ordered(guard.Is, number < guard.Number, number == guard.Number)
}

func ordered(is string, less, equal bool) bool {
	switch is {
	case "=":
		return equal
	case "!=":
		return !equal
	case "<":
		return less
	case ">":
		return !less && !equal
	}
	panic("no comparison: " + is)
}
