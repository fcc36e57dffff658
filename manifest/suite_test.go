// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/appofapps/roster/manifest"
)

// suiteVariable names a checkout of github.com/yaml/yaml-test-suite.
const suiteVariable = "ROSTER_YAML_SUITE"

// lenient lists the cases that are not quite YAML and that the library accepts
// all the same: lines of flow collections and of quoted texts that are not
// indented enough (9C9N, DK95, QB6E, Y79Y), comments without a blank before them
// (9JBA, CVW2, SU5Z, X4QW), a dash alone in a flow list (G5U8, YJV2), an escaped
// single quote (HRE5), blank lines before a text that are too long (S98Z). None
// can be taken for something else.
const lenient = "9C9N 9JBA CVW2 DK95 G5U8 HRE5 QB6E S98Z SU5Z X4QW Y79Y YJV2"

// A suiteCase is one case of the suite; a case inherits from the one before it
// what it does not say.
type suiteCase struct {
	Name string
	YAML string
	JSON *string
	Fail bool
}

// TestYAMLTestSuite holds Parse against the cases of the YAML project: it may
// refuse what is YAML, as it allows only a part of it, but what it accepts must
// have the value that the suite says, and what is no YAML must be refused.
func TestYAMLTestSuite(t *testing.T) {
	t.Parallel()
	folder := os.Getenv(suiteVariable)
	if folder == "" {
		t.Skipf("set %s to a checkout of github.com/yaml/yaml-test-suite", suiteVariable)
	}
	files, err := filepath.Glob(filepath.Join(folder, "src", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s=%s: no cases below src: %v", suiteVariable, folder, err)
	}
	cases, accepted, invalid := 0, 0, 0
	for _, file := range files {
		for _, c := range readSuite(t, file) {
			cases++
			doc, findings := manifest.Parse(c.Name, []byte(c.YAML), manifest.Limits{})
			checkPositions(t, c.YAML, findings)
			switch {
			case c.Fail:
				invalid++
				if name := strings.TrimSuffix(filepath.Base(file), ".yaml"); doc != nil && !strings.Contains(lenient, name) {
					t.Errorf("%s %s: accepted, but is not YAML:\n%s", name, c.Name, c.YAML)
				}
			case doc != nil && c.JSON != nil:
				accepted++
				if diff := cmp.Diff(decodeJSON(t, *c.JSON), native(t, doc)); diff != "" {
					t.Errorf("%s %s (-want +got):\n%s", filepath.Base(file), c.Name, diff)
				}
			}
		}
	}
	t.Logf("%d cases: %d accepted, each compared with its value; %d invalid, refused but for %d that mean what they seem to",
		cases, accepted, invalid, len(strings.Fields(lenient)))
}

func readSuite(t *testing.T, file string) []suiteCase {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var raw []struct {
		Name, YAML string
		JSON       *string
		Fail       bool
	}
	if err := yaml.Unmarshal(text, &raw); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var cases []suiteCase
	var last suiteCase
	for _, r := range raw {
		c := suiteCase{Name: r.Name, YAML: unescapeSuite(r.YAML), JSON: r.JSON, Fail: r.Fail}
		if c.Name == "" {
			c.Name = last.Name
		}
		if r.YAML == "" {
			c.YAML = last.YAML
		}
		if c.JSON == nil {
			c.JSON = last.JSON
		}
		last = c
		cases = append(cases, c)
	}
	return cases
}

// unescapeSuite reads the marks that the suite has for what one does not see.
func unescapeSuite(text string) string {
	text = strings.ReplaceAll(text, "␣", " ")
	text = regexp.MustCompile("—*»").ReplaceAllString(text, "\t")
	text = strings.NewReplacer("←", "\r", "⇔", "\uFEFF", "↵", "").Replace(text)
	if cut, found := strings.CutSuffix(text, "∎\n"); found {
		text = cut
	}
	return text
}

func decodeJSON(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	var value, more any
	if err := d.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if err := d.Decode(&more); err != io.EOF {
		t.Fatalf("several values in %s", text)
	}
	return value
}

// native returns a document's tree as encoding/json would have it.
func native(t *testing.T, doc *manifest.Document) any {
	t.Helper()
	text, err := json.Marshal(doc.Native())
	if err != nil {
		t.Fatal(err)
	}
	return decodeJSON(t, string(text))
}
