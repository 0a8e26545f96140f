// Judges histories of the key-value store by Porcupine, an independent checker of linearizability.
//
// Reads one history per line, a JSON array of operations, and prints "linearizable", "violation" or
// "undecided" for each, in the same order.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"reflect"
	"time"

	"github.com/anishathalye/porcupine"
)

// Operation of a history. Without an output nobody saw whether or when it happened.
type Operation struct {
	Client  int     `json:"client"`
	Input   Input   `json:"input"`
	Invoked int64   `json:"invoked"`
	At      int64   `json:"at"`
	Output  *Output `json:"output"`
}

// An unanswered operation may come at the very end, after all that anybody saw: that is as good as never.
var model = porcupine.Model{
	Init: func() interface{} { return Store{1, map[string]Pair{}} },
	Step: func(state, input, output interface{}) (bool, interface{}) {
		next, right := state.(Store).Apply(input.(Input))
		seen := output.(*Output)
		return seen == nil || same(right.Result, seen.Result) && right.Revision == seen.Revision, next
	},
	Equal: func(a, b interface{}) bool { return reflect.DeepEqual(a, b) },
	Hash: func(state interface{}) uint64 {
		hash := fnv.New64a()
		fmt.Fprint(hash, state.(Store).revision, state.(Store).pairs)
		return hash.Sum64()
	},
}

func same(a, b Result) bool {
	if a.Kind != b.Kind || a.Count != b.Count || a.More != b.More || a.Deleted != b.Deleted ||
		a.Succeeded != b.Succeeded || len(a.Pairs) != len(b.Pairs) || len(a.Results) != len(b.Results) {
		return false
	}
	for i := range a.Pairs {
		if a.Pairs[i] != b.Pairs[i] {
			return false
		}
	}
	for i := range a.Results {
		if !same(a.Results[i], b.Results[i]) {
			return false
		}
	}
	return true
}

func judge(line []byte, limit time.Duration) (string, error) {
	var operations []Operation
	if err := json.Unmarshal(line, &operations); err != nil {
		return "", err
	}
	history := make([]porcupine.Operation, len(operations))
	for i, one := range operations {
		end := one.At
		if one.Output == nil {
			end = math.MaxInt64
		}
		history[i] = porcupine.Operation{
			ClientId: one.Client, Input: one.Input, Call: one.Invoked, Output: one.Output, Return: end,
		}
	}
	switch porcupine.CheckOperationsTimeout(model, history, limit) {
	case porcupine.Ok:
		return "linearizable", nil
	case porcupine.Illegal:
		return "violation", nil
	}
	return "undecided", nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<28)
	for lines.Scan() {
		verdict, err := judge(lines.Bytes(), 5*time.Second)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(verdict)
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
