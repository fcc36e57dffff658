// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
)

// mutant is a bug: how the code differs.
type mutant struct {
	name   string
	change change
}

// change alters one declaration of a file, and reports how many places it found.
type change func(*ast.File) int

// plant returns the file of a package that a bug changes, with the bug in it.
func (m mutant) plant(dir string) (file string, text []byte, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return "", nil, err
	}
	found := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			return "", nil, err
		}
		places := m.change(parsed)
		if found += places; places == 0 {
			continue
		}
		var out bytes.Buffer
		if err := format.Node(&out, set, parsed); err != nil {
			return "", nil, err
		}
		file, text = filepath.Base(name), out.Bytes()
	}
	if found != 1 {
		return "", nil, fmt.Errorf("found %d places, want 1", found)
	}
	return file, text, nil
}

// in applies a change to every function or method of a name.
func in(function string, edit func(*ast.FuncDecl) int) change {
	return func(f *ast.File) int {
		found := 0
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == function && fn.Body != nil {
				found += edit(fn)
			}
		}
		return found
	}
}

// skip leaves out the call of a function that returns an error: the error is nil.
// What the call uses is still used.
func skip(function, callee string) change {
	return in(function, func(fn *ast.FuncDecl) int {
		return replace(fn.Body, func(e ast.Expr) ast.Expr {
			if call, ok := e.(*ast.CallExpr); ok && called(call) == callee {
				return &ast.CallExpr{Fun: &ast.FuncLit{Type: returnsError(), Body: &ast.BlockStmt{List: []ast.Stmt{
					&ast.AssignStmt{Lhs: []ast.Expr{ast.NewIdent("_")}, Tok: token.ASSIGN, Rhs: []ast.Expr{&ast.FuncLit{
						Type: returnsError(), Body: &ast.BlockStmt{List: []ast.Stmt{&ast.ReturnStmt{Results: []ast.Expr{call}}}},
					}}},
					&ast.ReturnStmt{Results: []ast.Expr{ast.NewIdent("nil")}},
				}}}}
			}
			return nil
		})
	})
}

func returnsError() *ast.FuncType {
	return &ast.FuncType{Params: &ast.FieldList{}, Results: &ast.FieldList{List: []*ast.Field{{Type: ast.NewIdent("error")}}}}
}

// always and never fix the smallest condition that mentions a name.
func always(function, name string) change { return condition(function, name, "true || ") }
func never(function, name string) change  { return condition(function, name, "false && ") }

// condition puts a constant in front of the smallest condition that mentions a
// name, so that what it uses is still used. An operand of && and || is a condition,
// and so is a case of a switch without a tag.
func condition(function, name, constant string) change {
	return in(function, func(fn *ast.FuncDecl) int {
		found := 0
		fix := func(e *ast.Expr) {
			if found == 0 && mentions(*e, name) {
				found += narrow(e, name, constant)
			}
		}
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.IfStmt:
				fix(&n.Cond)
			case *ast.CaseClause:
				for i := range n.List {
					fix(&n.List[i])
				}
			case *ast.AssignStmt:
				for i := range n.Rhs {
					if b, ok := n.Rhs[i].(*ast.BinaryExpr); ok && (b.Op == token.LOR || b.Op == token.LAND || b.Op == token.EQL) {
						fix(&n.Rhs[i])
					}
				}
			}
			return true
		})
		return found
	})
}

// narrow goes down to the smallest operand that mentions a name.
func narrow(e *ast.Expr, name, constant string) int {
	switch b := (*e).(type) {
	case *ast.ParenExpr:
		return narrow(&b.X, name, constant)
	case *ast.BinaryExpr:
		if b.Op != token.LAND && b.Op != token.LOR {
			break
		}
		if mentions(b.X, name) {
			return narrow(&b.X, name, constant)
		}
		return narrow(&b.Y, name, constant)
	}
	operator := token.LAND
	if strings.HasPrefix(constant, "true") {
		operator = token.LOR
	}
	*e = &ast.ParenExpr{X: &ast.BinaryExpr{X: ast.NewIdent(strings.Fields(constant)[0]), Op: operator, Y: &ast.ParenExpr{X: *e}}}
	return 1
}

// forget leaves out the assignment to a field.
func forget(function, field string) change {
	return in(function, func(fn *ast.FuncDecl) int {
		found := 0
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			assign, ok := n.(*ast.AssignStmt)
			if !ok || found > 0 {
				return true
			}
			for i, left := range assign.Lhs {
				if s, ok := left.(*ast.SelectorExpr); ok && s.Sel.Name == field {
					assign.Lhs[i] = ast.NewIdent("_")
					found++
				}
			}
			return true
		})
		return found
	})
}

// firstOnly leaves out all but the first element of what a function ranges over.
func firstOnly(function string) change {
	return in(function, func(fn *ast.FuncDecl) int {
		found := 0
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if loop, ok := n.(*ast.RangeStmt); ok {
				loop.X = &ast.SliceExpr{X: loop.X, High: &ast.BasicLit{Kind: token.INT, Value: "1"}}
				found++
			}
			return true
		})
		return found
	})
}

// emptySlice leaves nothing of a slice of a variable.
func emptySlice(function, variable string) change {
	return in(function, func(fn *ast.FuncDecl) int {
		found := 0
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if s, ok := n.(*ast.SliceExpr); ok && mentions(s.X, variable) {
				s.High = &ast.BasicLit{Kind: token.INT, Value: "0"}
				found++
			}
			return true
		})
		return found
	})
}

// constant gives a constant of the package another value.
func constant(name, value string) change {
	return func(f *ast.File) int {
		found := 0
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if ok && len(spec.Names) == 1 && spec.Names[0].Name == name {
				spec.Values = []ast.Expr{expression(value)}
				found++
			}
			return true
		})
		return found
	}
}

// blind writes whatever is stored: where a function that writes would notice that a
// document has changed, the present etag takes the place of the one that was read.
func blind(function string) change {
	return in(function, func(fn *ast.FuncDecl) int {
		found := 0
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			check, ok := n.(*ast.IfStmt)
			if !ok || !mentions(check.Cond, "moved") {
				return true
			}
			body := `func() { if moved || err != nil { for i := range changes {
				if doc, err := j.read(ctx, changes[i].Document.ID); err == nil { changes[i].IfMatch = doc.ETag }
			} } }`
			check.Cond = ast.NewIdent("true")
			check.Body = &ast.BlockStmt{List: []ast.Stmt{&ast.ExprStmt{X: &ast.CallExpr{Fun: expression(body)}}}}
			found++
			return false
		})
		return found
	})
}

// called returns the name of the function that a call calls.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func mentions(n ast.Node, name string) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name {
			found = true
		}
		return true
	})
	return found
}

func expression(text string) ast.Expr {
	e, err := parser.ParseExpr(text)
	if err != nil {
		panic(err)
	}
	return e
}

// replace changes the first call in a statement list that edit returns another
// expression for.
func replace(body *ast.BlockStmt, edit func(ast.Expr) ast.Expr) int {
	found := 0
	try := func(e *ast.Expr) {
		if found == 0 && *e != nil {
			if other := edit(*e); other != nil {
				*e, found = other, 1
			}
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i := range n.Rhs {
				try(&n.Rhs[i])
			}
		case *ast.ReturnStmt:
			for i := range n.Results {
				try(&n.Results[i])
			}
		case *ast.ExprStmt:
			try(&n.X)
		}
		return found == 0
	})
	return found
}
