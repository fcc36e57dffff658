// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// Bounds of an expression. The cost is in CEL's own units, about one for each
// step of the evaluation; the limit is that of a Kubernetes admission policy's
// expression in magnitude (kubernetes.io, "Validating Admission Policy", and
// k8s.io/apiserver, PerCallLimit: 1,000,000), which takes some milliseconds.
const (
	maxExpression = 4 << 10 // bytes
	costLimit     = 1_000_000
)

// A Meter counts what the expressions of one run cost together, so that many rules
// that are cheap enough each cannot make the run slow. The policies of head and base
// share one. It is not for several goroutines.
type Meter struct{ left uint64 }

// The cost of all expressions of a run: what a hostile registry may spend, and what
// each node of a large one needs for its rules.
const (
	runCost  = 10_000_000
	nodeCost = 500
)

// NewMeter returns the meter of a run that judges a number of nodes.
func NewMeter(nodes int) *Meter { return &Meter{left: runCost + nodeCost*uint64(max(nodes, 0))} }

// spend takes a cost, and reports whether it was left.
func (m *Meter) spend(cost uint64) bool {
	if cost > m.left {
		m.left = 0
		return false
	}
	m.left -= cost
	return true
}

// The variables of an expression.
const (
	varObject    = "object"    // the registration of the node
	varOldObject = "oldObject" // what it was; null if it is new
	varParams    = "params"    // of the template
	varChange    = "change"    // see changeValues
)

var (
	errTooLong = errors.New("expression is longer than 4096 bytes")
	errNotBool = errors.New("expression is not true or false")
	errCost    = errors.New("the rules of this registry are too expensive together")
	errHard    = errors.New("too complex to decide")
)

// A rule is one compiled expression.
type rule struct {
	declared *manifest.PolicyRule
	program  cel.Program
	meter    *Meter
	compares bool // it is about a change: it reads change or oldObject
	constant bool // it reads nothing at all
}

func (r *rule) name() string { return r.declared.Name.Value }

// newRule compiles an expression. Its text never reaches an error as it is.
func (b *Set) newRule(declared *manifest.PolicyRule) (*rule, error) {
	text := declared.Expression.Value
	if len(text) > maxExpression {
		return nil, errTooLong
	}
	env, err := b.language()
	if err != nil {
		return nil, err
	}
	checked, issues := env.Compile(text)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, fmt.Errorf("column %d: %s", first.Location.Column()+1, finding.Quote(first.Message))
	}
	if out := checked.OutputType(); !out.IsExactType(cel.BoolType) && !out.IsExactType(cel.DynType) {
		return nil, errNotBool
	}
	program, err := env.Program(checked, cel.CostLimit(costLimit), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, fmt.Errorf("plan expression: %s", finding.Quote(err.Error()))
	}
	reads := variables(checked)
	return &rule{
		declared: declared, program: program, meter: b.meter,
		compares: reads[varChange] || reads[varOldObject], constant: len(reads) == 0,
	}, nil
}

// variables returns the variables that an expression reads.
func variables(checked *cel.Ast) map[string]bool {
	reads := map[string]bool{}
	visitor := ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.IdentKind {
			return
		}
		switch name := e.AsIdent(); name {
		case varObject, varOldObject, varParams, varChange:
			reads[name] = true
		}
	})
	ast.PostOrderVisit(checked.NativeRep().Expr(), visitor)
	return reads
}

// environment is the language of expressions: CEL with its standard functions
// and macros, and two functions about scopes.
func environment(budget *access.Budget) (*cel.Env, error) {
	texts := cel.ListType(cel.StringType)
	object := cel.MapType(cel.StringType, cel.DynType)
	env, err := cel.NewEnv(
		cel.Variable(varObject, object),
		cel.Variable(varOldObject, cel.DynType),
		cel.Variable(varParams, object),
		cel.Variable(varChange, object),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.Function("overlaps", cel.Overload("overlaps_scopes", []*cel.Type{texts, texts}, cel.BoolType,
			cel.BinaryBinding(aboutScopes(budget.Overlap)))),
		cel.Function("covers", cel.Overload("covers_scopes", []*cel.Type{texts, texts}, cel.BoolType,
			cel.BinaryBinding(aboutScopes(func(a, b access.Set) access.Answer { return budget.Included(b, a) })))),
	)
	if err != nil {
		return nil, fmt.Errorf("make CEL environment: %w", err)
	}
	return env, nil
}

// aboutScopes makes a function of two lists of scopes. A text that is no scope is an
// error of the evaluation, and so is a question that is too hard: a rule may negate
// the answer, so that neither true nor false would be safe.
func aboutScopes(decide func(a, b access.Set) access.Answer) func(a, b ref.Val) ref.Val {
	return func(a, b ref.Val) ref.Val {
		left, err := scopesOf(a)
		if err != nil {
			return types.NewErr("%s", err.Error())
		}
		right, err := scopesOf(b)
		if err != nil {
			return types.NewErr("%s", err.Error())
		}
		answer := decide(left, right)
		if !answer.Complete {
			return types.NewErr("%s", errHard.Error())
		}
		return types.Bool(answer.Holds)
	}
}

// mostScopes bounds the lists that functions take, for the cost limit does not
// see into them.
const mostScopes = 1000

var (
	errTooMany  = errors.New("list of more than 1000 scopes")
	errNotTexts = errors.New("not a list of scopes")
)

func scopesOf(value ref.Val) (access.Set, error) {
	list, ok := value.(traits.Lister)
	if !ok {
		return access.Set{}, errNotTexts
	}
	if size, _ := list.Size().(types.Int); size > mostScopes {
		return access.Set{}, errTooMany
	}
	var scopes []access.Scope
	for it := list.Iterator(); it.HasNext() == types.True; {
		text, ok := it.Next().Value().(string)
		if !ok {
			return access.Set{}, errNotTexts
		}
		scope, err := access.Parse(text)
		if err != nil {
			return access.Set{}, err
		}
		scopes = append(scopes, scope)
	}
	return access.Union(scopes...), nil
}

// eval returns the value of the expression.
func (r *rule) eval(variables map[string]any) (bool, error) {
	if r.meter.left == 0 {
		return false, errCost
	}
	out, details, err := r.program.Eval(variables)
	cost := uint64(costLimit) // of an evaluation that was ended
	if details != nil && details.ActualCost() != nil {
		cost = *details.ActualCost()
	}
	if !r.meter.spend(cost) {
		return false, errCost
	}
	if err != nil {
		return false, err
	}
	verdict, ok := out.Value().(bool)
	if !ok {
		return false, errNotBool
	}
	return verdict, nil
}

// variables returns what expressions of the template see of a case.
func (t *Template) variables(c Case) map[string]any {
	var old any
	if v := t.set.oldView(c.Old); v != nil {
		old = v
	}
	return map[string]any{
		varObject: t.set.view(c.Node).values(), varOldObject: old, varParams: t.params, varChange: c.Change.values(),
	}
}

// expressionKind is spec.rules: CEL expressions, each with its own name.
func expressionKind() RuleKind {
	return RuleKind{
		Name:     "rules",
		Fields:   []string{"spec.rules[].name", "spec.rules[].expression", "spec.rules[].accepts", "spec.params"},
		Waivable: true,
		names: func(t *Template) []string {
			var names []string
			for _, r := range t.rules {
				if r.declared.Accepts.Value == "" {
					names = append(names, r.name())
				}
			}
			return names
		},
		compile: compileRules,
		judge:   (*judgement).judgeRules,
		compare: compareRules,
	}
}

func compileRules(t *Template, refuse refuseFunc) {
	spec := &t.declared.Spec
	t.params = celValues(treeOf(spec.Params))
	for i := range spec.Rules {
		r, err := t.set.newRule(&spec.Rules[i])
		if err != nil {
			refuse(spec.Rules[i].Expression.Pos, fmt.Sprintf("rule %s: %s", finding.Quote(spec.Rules[i].Name.Value), err))
			continue
		}
		t.rules = append(t.rules, r)
	}
}

// compareRules compares expressions as texts: what one permits cannot be told. A base that
// was not validated can have several rules of one name, so each is looked for among all.
func compareRules(c *Comparison) {
	named := func(list []manifest.PolicyRule, name string) []manifest.PolicyRule {
		return slices.DeleteFunc(slices.Clone(list), func(r manifest.PolicyRule) bool { return r.Name.Value != name })
	}
	among := func(list []manifest.PolicyRule, r manifest.PolicyRule) bool {
		return slices.ContainsFunc(list, func(other manifest.PolicyRule) bool {
			return other.Expression.Value == r.Expression.Value && other.Accepts.Value == r.Accepts.Value
		})
	}
	for _, r := range c.Was.Rules {
		after := named(c.Now.Rules, r.Name.Value)
		switch {
		case r.Accepts.Value != "": // accepting less is no gain
		case len(after) == 0:
			c.Loosened(manifest.Pos{}, "no longer has rule "+finding.Quote(r.Name.Value), "")
		case !among(after, r):
			c.Loosened(after[0].Expression.Pos, "has a different rule "+finding.Quote(r.Name.Value), "")
		}
	}
	for _, r := range c.Now.Rules {
		if r.Accepts.Value != "" && !among(named(c.Was.Rules, r.Name.Value), r) {
			c.Loosened(r.Expression.Pos, "accepts more by rule "+finding.Quote(r.Name.Value), "")
		}
	}
	if len(c.Was.Rules) > 0 && !c.Was.Params.Equal(c.Now.Params) {
		c.Loosened(manifest.Pos{}, "has different params for its rules", "")
	}
}

// judgeRules evaluates spec.rules. A rule about a change is skipped if there is
// no change.
func (j *judgement) judgeRules() {
	variables := j.template.variables(j.Case)
	for _, r := range j.template.rules {
		if r.declared.Accepts.Value != "" || r.compares && j.Change == nil {
			continue
		}
		holds, err := r.eval(variables)
		if err == nil && holds {
			continue
		}
		message := j.Node.Path + " violates the rule " + finding.Quote(r.name())
		if err != nil {
			message = j.Node.Path + " could not be evaluated by the rule " + finding.Quote(r.name()) + ": " + finding.Quote(err.Error())
		}
		j.object(r.name(), manifest.Pos{}, finding.Finding{Rule: RuleExpression, Message: message, Hint: plainText(r.declared.Message.Value)})
	}
}

// What a rule can accept.
const (
	AcceptsAccess   = "new-access"
	AcceptsHeadroom = "new-headroom"
	AcceptsDelivery = "new-delivery"
	AcceptsControl  = "new-control"
)

// Accepts returns the rule by which the template accepts what a change newly
// allows a node, if it has one that is true. A template that only audits, or is
// broken, accepts nothing.
func (t *Template) Accepts(c Case) (rule string, accepts bool) {
	if c.Change == nil {
		return "", false
	}
	return t.accepts(AcceptsAccess, t.variables(c))
}

// AcceptsGain returns the rule by which the template accepts a gain that is no access
// of a node: a loosened limit, a delivery, or another person or system. Rules read it
// as object. A template that matches only some nodes accepts none.
func (t *Template) AcceptsGain(what string, object map[string]any, c *Change) (rule string, accepts bool) {
	m := &t.declared.Spec.Match
	if m.Kinds != nil || m.Domains != nil || m.Environments != nil || m.Labels != nil {
		return "", false
	}
	return t.accepts(what, map[string]any{
		varObject: object, varOldObject: nil, varParams: t.params, varChange: c.values(),
	})
}

func (t *Template) accepts(what string, variables map[string]any) (rule string, accepts bool) {
	if t.broken != "" || t.Audit() {
		return "", false
	}
	for _, r := range t.rules {
		if r.declared.Accepts.Value != what {
			continue
		}
		if holds, err := r.eval(variables); err == nil && holds {
			return r.name(), true
		}
	}
	return "", false
}

// longestMessage is the most bytes of a rule's message that a finding shows.
const longestMessage = 400

// plainText returns the message of a rule on one line. Characters that are not
// printable are escaped. A long message is cut between two words, and not inside
// a quoted value.
func plainText(text string) string {
	quoted := strconv.Quote(text)
	plain := strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
	if len(plain) <= longestMessage {
		return plain
	}
	cut, inQuotes := 0, false
	for i, r := range plain[:longestMessage] {
		switch {
		case r == '"' || r == '`':
			inQuotes = !inQuotes
		case r == ' ' && !inQuotes:
			cut = i
		}
	}
	if cut == 0 { // no word ends outside of quotes
		return finding.Quote(text)
	}
	return plain[:cut] + " ..."
}
