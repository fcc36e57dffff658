// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xeipuuv/gojsonschema"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// documents returns how many documents of each kind are drawn: ROSTER_SCHEMA_DOCS
// is their number over all kinds.
func documents(t *testing.T) int {
	t.Helper()
	total := 7000
	if text := os.Getenv("ROSTER_SCHEMA_DOCS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 7 {
			t.Fatalf("ROSTER_SCHEMA_DOCS is %q, want a number from 7 on", text)
		}
		total = n
	}
	return (total + len(manifest.Kinds()) - 1) / len(manifest.Kinds())
}

// TestAgreesWithIndependentValidator draws documents of every kind and holds
// the gate's verdict, which comes from a part of the schema in the library and
// the rest in textCheck, against two others on the published schema as it is:
// that of an independent validator, and that of the library reading schema and
// document as bytes.
func TestAgreesWithIndependentValidator(t *testing.T) {
	t.Parallel()
	for _, kind := range manifest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			c := newContest(t, kind)
			n := documents(t)
			for range n {
				c.compare(c.generator.document())
			}
			t.Logf("%d documents, %d of them accepted; problems seen: %v", n, c.accepted, c.seen)
			if c.accepted*5 < n || c.accepted*5 > n*4 {
				t.Errorf("%d of %d documents were accepted: the rest says little", c.accepted, n)
			}
			if c.read*4 < n*3 {
				t.Errorf("%d of %d documents were read as files", c.read, n)
			}
			for what := missingField; what <= malformed; what++ {
				if c.seen[what] == 0 {
					t.Errorf("no document had problem %d", what)
				}
			}
			if kind == manifest.KindRoot && c.seen[tooSmall]*c.seen[tooLarge] == 0 {
				t.Error("no document had a number out of bounds")
			}
		})
	}
}

// contest holds the validators of one kind together.
type contest struct {
	*testing.T
	kind      manifest.Kind
	generator generator
	gate      *gate
	oracle    interface{ Validate(any) error }
	published *gojsonschema.Schema
	checker   *Checker
	accepted  int
	read      int // as a file
	seen      map[problem]int
}

func newContest(t *testing.T, kind manifest.Kind) *contest {
	t.Helper()
	published, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(read(t, kind)))
	if err != nil {
		t.Fatal(err)
	}
	seed := fnv.New64a()
	seed.Write([]byte(kind))
	g := gateOf(t, kind)
	return &contest{
		T: t, kind: kind, gate: g, oracle: oracle(t, kind), published: published, checker: New(),
		generator: generator{sampler{rand.New(rand.NewPCG(seed.Sum64(), 1))}, g.top},
		seen:      map[problem]int{},
	}
}

func (c *contest) compare(tree any) {
	text, err := json.Marshal(tree)
	if err != nil {
		c.Fatal(err)
	}
	objections, err := c.gate.judge(tree)
	if err != nil {
		c.Fatalf("judge %s: %v", text, err)
	}
	accepts := len(objections) == 0
	if accepts {
		c.accepted++
	}
	for _, o := range objections {
		c.seen[o.problem]++
	}
	if err := c.oracle.Validate(tree); (err == nil) != accepts {
		c.Errorf("%s\nis accepted: %t (%v); the independent validator says %v", text, accepts, objections, err)
	}
	whole, err := c.published.Validate(gojsonschema.NewBytesLoader(text))
	if err != nil || whole.Valid() != accepts {
		c.Errorf("%s\nis accepted: %t (%v); the library alone says %v, %v", text, accepts, objections, whole.Errors(), err)
	}
	c.loaders(tree, text)
	c.findings(tree, text, objections)
}

// loaders holds the library's two ways of reading a document together: the raw
// loader is used only because it gives what the bytes loader gives.
func (c *contest) loaders(tree any, text []byte) {
	raw, errRaw := c.gate.shape.Validate(gojsonschema.NewRawLoader(tree))
	read, errRead := c.gate.shape.Validate(gojsonschema.NewBytesLoader(text))
	if errRaw != nil || errRead != nil {
		c.Fatalf("validate %s: %v, %v", text, errRaw, errRead)
	}
	if diff := cmp.Diff(sentences(raw), sentences(read)); diff != "" {
		c.Errorf("%s (-raw +bytes):\n%s", text, diff)
	}
}

func sentences(result *gojsonschema.Result) []string {
	var list []string
	for _, e := range result.Errors() {
		list = append(list, e.Context().String()+" "+e.Description())
	}
	slices.Sort(list)
	return list
}

// findings reads the document as a file and holds what Check says of it against
// the objections: there is a finding if there is an objection that is not left
// to package manifest.
func (c *contest) findings(tree any, text []byte, objections []objection) {
	doc, _ := manifest.Parse("a.json", text, manifest.Limits{})
	if doc == nil {
		return // for a text that YAML cannot hold, or at a limit
	}
	c.read++
	if diff := cmp.Diff(tree, doc.Native()); diff != "" {
		c.Fatalf("%s is read as another document (-want +got):\n%s", text, diff)
	}
	if doc.Kind() != c.kind {
		return
	}
	left := slices.DeleteFunc(slices.Clone(objections), leftToManifest)
	findings := c.checker.Check(doc)
	if (len(findings) == 0) != (len(left) == 0) {
		c.Errorf("%s\nobjections %v\nfindings %v", text, objections, findings)
	}
	if !slices.IsSortedFunc(findings, finding.Compare) {
		c.Errorf("%s\nfindings are not sorted: %v", text, findings)
	}
	for i, f := range findings {
		if i > 0 && finding.Compare(findings[i-1], f) == 0 {
			c.Errorf("%s\nfinding comes twice: %v", text, f)
		}
		if f.Line < 1 || f.Column < 1 || f.Severity != finding.Error || f.Message == "" {
			c.Errorf("%s\nfinding is not whole: %v", text, f)
		}
	}
}

// leftToManifest reports whether manifest.Load says what an objection says.
func leftToManifest(o objection) bool {
	path := strings.Join(o.path, ".")
	switch o.problem {
	case malformedKey:
		return path == "spec.environments"
	case missingField:
		return path == "" && (o.field == "kind" || o.field == "apiVersion")
	case malformed, tooLong:
		return path == "metadata.name" || path == "kind" || path == "apiVersion"
	default:
	}
	return path == "kind" || path == "apiVersion"
}
