// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/schema"
)

// schemaKind is spec.schema: a JSON Schema of the node's registration.
func schemaKind() RuleKind {
	return RuleKind{
		Name: "schema", Fields: []string{"spec.schema"}, Waivable: true,
		names:   stated("schema", func(spec *manifest.PolicyTemplateSpec) bool { return spec.Schema != nil }),
		compile: compileSchema,
		judge:   (*judgement).judgeSchema,
		compare: func(c *Comparison) {
			if c.Was.Schema != nil && !c.Was.Schema.Equal(c.Now.Schema) {
				c.Loosened(manifest.Pos{}, "has a different schema", "")
			}
		},
	}
}

func compileSchema(t *Template, refuse refuseFunc) {
	declared := t.declared.Spec.Schema
	if declared == nil {
		return
	}
	fragment, err := schema.NewFragment(treeOf(declared))
	if err != nil {
		refuse(declared[0].Key.Pos, err.Error())
	}
	t.schema = fragment
}

// judgeSchema holds the registration against spec.schema.
func (j *judgement) judgeSchema() {
	t := j.template
	list, err := t.schema.Check(j.view.tree)
	if err != nil || j.view.err != nil {
		j.object("schema", manifest.Pos{}, finding.Finding{
			Rule: RuleSchema, Message: j.Node.Path + " could not be checked against the schema",
		})
		return
	}
	for _, m := range list {
		subject := j.Node.Path
		if len(m.Path) > 0 {
			subject += ": " + finding.Quote(strings.Join(m.Path, "."))
		}
		j.object("schema", j.fieldPos(m.Path), finding.Finding{Rule: RuleSchema, Message: subject + " " + m.Message})
	}
}

// fieldPos returns the position of a field of the registration in the manifest, if
// that can be told.
func (j *judgement) fieldPos(path []string) manifest.Pos {
	if len(path) == 0 {
		return manifest.Pos{}
	}
	n, spec := j.Node, &j.Node.App.Spec
	switch path[0] {
	case "owner":
		return n.Owner().Pos
	case "version":
		return n.Version().Pos
	case "lifecycle":
		return n.Lifecycle().Pos
	case "source":
		return n.Source().Pos
	case "type":
		return spec.Type.Pos
	case "sponsor":
		return spec.Sponsor.Pos
	case "tokenLife":
		return spec.TokenLife.Pos
	case "until":
		return spec.Until.Pos
	case "scopes":
		return n.Scopes().Pos()
	case "provides":
		return spec.Provides.Pos()
	case "identity":
		return identityPos(n.Identity())
	default:
		return manifest.Pos{}
	}
}
