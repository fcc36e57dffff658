// SPDX-License-Identifier: Apache-2.0

package main

import (
	"go/ast"
	"go/token"
)

// function holds the measures of one declared function or method. Function
// literals count inside the declaration that holds them.
type function struct {
	Name       string `json:"name"`
	Lines      int    `json:"lines"` // from func to the closing brace
	Complexity int    `json:"complexity"`
	Parameters int    `json:"parameters"` // without the receiver
}

func measureFunction(set *token.FileSet, decl *ast.FuncDecl) function {
	f := function{
		Name:       decl.Name.Name,
		Lines:      set.Position(decl.End()).Line - set.Position(decl.Pos()).Line + 1,
		Complexity: complexity(decl),
		Parameters: decl.Type.Params.NumFields(),
	}
	if receiver := receiverName(decl); receiver != "" {
		f.Name = receiver + "." + f.Name
	}
	return f
}

// complexity returns the cyclomatic complexity: one, and one more for each if,
// for, case, communication clause, && and ||. A default clause adds nothing.
func complexity(decl *ast.FuncDecl) int {
	n := 1
	ast.Inspect(decl, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			n++
		case *ast.CaseClause:
			if node.List != nil {
				n++
			}
		case *ast.CommClause:
			if node.Comm != nil {
				n++
			}
		case *ast.BinaryExpr:
			if node.Op == token.LAND || node.Op == token.LOR {
				n++
			}
		}
		return true
	})
	return n
}

// receiverName returns the type that a method belongs to, and "" for a function.
func receiverName(decl *ast.FuncDecl) string {
	if decl.Recv == nil || len(decl.Recv.List) == 0 {
		return ""
	}
	for expr := decl.Recv.List[0].Type; ; {
		switch e := expr.(type) {
		case *ast.ParenExpr:
			expr = e.X
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}

// undocumented returns the exported names of a declaration that have no doc
// comment. A comment on a group of constants or variables, or at the end of the
// line, documents them. Fields and the methods of interfaces do not count.
func undocumented(decl ast.Decl) []string {
	var names []string
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		receiver := receiverName(decl)
		if !decl.Name.IsExported() || receiver != "" && !ast.IsExported(receiver) || hasText(decl.Doc) {
			return nil
		}
		if receiver != "" {
			receiver += "."
		}
		names = append(names, receiver+decl.Name.Name)
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			names = append(names, undocumentedSpec(decl, spec)...)
		}
	}
	return names
}

func undocumentedSpec(decl *ast.GenDecl, spec ast.Spec) []string {
	var names []string
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		grouped := decl.Lparen.IsValid()
		if spec.Name.IsExported() && !hasText(spec.Doc) && (grouped || !hasText(decl.Doc)) {
			names = append(names, spec.Name.Name)
		}
	case *ast.ValueSpec:
		if hasText(decl.Doc) || hasText(spec.Doc) || hasText(spec.Comment) {
			return nil
		}
		for _, name := range spec.Names {
			if name.IsExported() {
				names = append(names, name.Name)
			}
		}
	}
	return names
}

func hasText(doc *ast.CommentGroup) bool { return doc.Text() != "" }
