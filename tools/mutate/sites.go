// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// A mutant is one changed operator. Its number is its place among all mutants of the
// packages, so it stays the same while they do.
type mutant struct {
	ID      int    `json:"id"`
	Package string `json:"package"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Before  string `json:"before"`
	After   string `json:"after"`

	site site
}

func (m mutant) String() string {
	return fmt.Sprintf("%5d  %s:%d: %s -> %s", m.ID, m.File, m.Line, m.Before, m.After)
}

// A site is the place of a mutant in its file, as offsets of bytes: [lo, hi) is the
// expression or statement, and [left, right) between its operands has the operator.
type site struct {
	path               string
	lo, hi, left, rest int
	how                form
	op                 token.Token
}

// A form is how a changed operator is written so that it can be turned on and off.
type form int

const (
	// boolean: an operator with another one in its place, both results are bool.
	boolean form = iota
	// negated: a condition without an operator.
	negated
	// swapped: an arithmetic operator, which is written as a function.
	swapped
	// stepped: i++ or i--.
	stepped
	// assigned: x += y or x -= y.
	assigned
)

// replacements are the operators that take an operator's place.
func replacements(op token.Token) []token.Token {
	return map[token.Token][]token.Token{
		token.EQL:  {token.NEQ},
		token.NEQ:  {token.EQL},
		token.LSS:  {token.LEQ, token.GEQ},
		token.LEQ:  {token.LSS, token.GTR},
		token.GTR:  {token.GEQ, token.LEQ},
		token.GEQ:  {token.GTR, token.LSS},
		token.LAND: {token.LOR},
		token.LOR:  {token.LAND},
		token.ADD:  {token.SUB},
		token.SUB:  {token.ADD},
		token.MUL:  {token.QUO},
		token.QUO:  {token.MUL},
	}[op]
}

// find returns all mutants of packages of the module in dir, by package, file and
// place. It fails for a package that does not compile.
func find(ctx context.Context, dir string, names []string) ([]mutant, error) {
	var patterns []string
	for _, n := range names {
		patterns = append(patterns, "./"+n)
	}
	mode := packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports | packages.NeedDeps
	loaded, err := packages.Load(&packages.Config{Context: ctx, Dir: dir, Mode: mode}, patterns...)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(loaded, func(a, b *packages.Package) int { return strings.Compare(a.PkgPath, b.PkgPath) })
	var all []mutant
	for _, p := range loaded {
		for _, e := range p.Errors {
			return nil, e
		}
		name := names[slices.IndexFunc(names, func(n string) bool { return strings.HasSuffix(p.PkgPath, "/"+n) })]
		for _, f := range p.Syntax {
			s := &search{pkg: p, name: name}
			ast.Inspect(f, s.visit)
			all = append(all, s.found...)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("nothing to change in these packages")
	}
	slices.SortStableFunc(all, func(a, b mutant) int {
		return strings.Compare(a.Package+"/"+a.File, b.Package+"/"+b.File)
	})
	for i := range all {
		all[i].ID = i + 1
	}
	return all, nil
}

// sample chooses mutants by the seed, in the order of their numbers.
func sample(all []mutant, o options) []mutant {
	if len(o.only) > 0 {
		return slices.DeleteFunc(slices.Clone(all), func(m mutant) bool { return !o.only[m.ID] })
	}
	if o.sample <= 0 || o.sample >= len(all) {
		return all
	}
	order := rand.New(rand.NewPCG(o.seed, 0)).Perm(len(all))[:o.sample]
	slices.Sort(order)
	var chosen []mutant
	for _, i := range order {
		chosen = append(chosen, all[i])
	}
	return chosen
}

// A search collects the mutants of one file.
type search struct {
	pkg   *packages.Package
	name  string
	found []mutant
}

func (s *search) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GenDecl:
		// Constants and types have no operator that runs.
		return n.Tok == token.VAR
	case *ast.BinaryExpr:
		s.binary(n)
	case *ast.IfStmt:
		s.condition(n.Cond)
	case *ast.ForStmt:
		s.condition(n.Cond)
	case *ast.IncDecStmt:
		s.add(n, n.X.End(), n.End(), stepped, n.Tok, opposite(n.Tok))
	case *ast.AssignStmt:
		if (n.Tok == token.ADD_ASSIGN || n.Tok == token.SUB_ASSIGN) && s.numeric(n.Lhs[0]) {
			s.add(n, n.Lhs[0].End(), n.Rhs[0].Pos(), assigned, n.Tok, opposite(n.Tok))
		}
	}
	return true
}

func opposite(t token.Token) token.Token {
	return map[token.Token]token.Token{
		token.INC: token.DEC, token.DEC: token.INC,
		token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN,
	}[t]
}

func (s *search) binary(n *ast.BinaryExpr) {
	if s.pkg.TypesInfo.Types[n].Value != nil {
		return
	}
	how := boolean
	switch n.Op {
	case token.LAND, token.LOR:
		s.condition(n.X)
		s.condition(n.Y)
	case token.ADD, token.SUB, token.MUL, token.QUO:
		if how = swapped; !s.numeric(n) {
			return
		}
	}
	for _, r := range replacements(n.Op) {
		s.add(n, n.X.End(), n.Y.Pos(), how, n.Op, r)
	}
}

// condition negates a condition that is no operator: a call, a name, a field.
func (s *search) condition(e ast.Expr) {
	switch x := e.(type) {
	case nil, *ast.BinaryExpr:
		return
	case *ast.ParenExpr:
		s.condition(x.X)
		return
	}
	s.add(e, e.Pos(), e.End(), negated, token.ILLEGAL, token.NOT)
}

func (s *search) numeric(e ast.Expr) bool {
	b, ok := s.pkg.TypesInfo.TypeOf(e).Underlying().(*types.Basic)
	return ok && b.Info()&types.IsNumeric != 0
}

func (s *search) add(n ast.Node, left, rest token.Pos, how form, before, after token.Token) {
	file := s.pkg.Fset.File(n.Pos())
	m := mutant{Package: s.name, File: s.name + "/" + filepath.Base(file.Name()), Line: file.Line(left)}
	m.site = site{path: file.Name(), lo: file.Offset(n.Pos()), hi: file.Offset(n.End()), left: file.Offset(left), rest: file.Offset(rest), how: how, op: after}
	text := types.ExprString
	switch n := n.(type) {
	case *ast.BinaryExpr:
		m.Before = text(n)
		m.After = text(n.X) + " " + after.String() + " " + text(n.Y)
	case *ast.IncDecStmt:
		m.Before, m.After = text(n.X)+before.String(), text(n.X)+after.String()
	case *ast.AssignStmt:
		m.Before = text(n.Lhs[0]) + " " + before.String() + " " + text(n.Rhs[0])
		m.After = text(n.Lhs[0]) + " " + after.String() + " " + text(n.Rhs[0])
	case ast.Expr:
		m.Before, m.After = text(n), "!("+text(n)+")"
	}
	s.found = append(s.found, m)
}
