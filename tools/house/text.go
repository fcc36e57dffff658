// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
)

// prose returns the text of f that people read, and the number of lines to
// divide counts by. Other bytes are zero, so every offset is one of the file.
func prose(f file) (text []byte, lines int, err error) {
	switch {
	case f.isGo():
		text, err = goProse(f)
		return text, bytes.Count(f.text, []byte("\n")), err
	case isAction(path.Base(f.path)):
		text, lines = descriptions(f.text)
		return text, lines, nil
	default:
		return f.text, bytes.Count(f.text, []byte("\n")), nil
	}
}

// goProse keeps comments and string literals, without import paths and struct
// tags. Comment markers, escapes and the plus between two literals become
// spaces, so that a phrase is found when it continues on the next line.
func goProse(f file) ([]byte, error) {
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, f.path, f.text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	m := mask{text: make([]byte, len(f.text)), source: f.text, base: int(syntax.FileStart)}
	for _, group := range syntax.Comments {
		m.show(group.Pos(), group.End())
		for _, comment := range group.List {
			m.blank(comment.Pos(), comment.Pos()+2)
			if comment.Text[1] == '*' {
				m.blank(comment.End()-2, comment.End())
			}
		}
	}
	skipped := map[*ast.BasicLit]bool{}
	ast.Inspect(syntax, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ImportSpec:
			skipped[node.Path] = true
		case *ast.Field:
			skipped[node.Tag] = true
		case *ast.BasicLit:
			if node.Kind == token.STRING && !skipped[node] {
				m.literal(node)
			}
		case *ast.BinaryExpr:
			m.join(node)
		}
		return true
	})
	return m.text, nil
}

// mask is a copy of source in which only chosen parts are visible.
type mask struct {
	text, source []byte
	base         int
}

func (m mask) show(from, to token.Pos) {
	copy(m.text[int(from)-m.base:], m.source[int(from)-m.base:int(to)-m.base])
}

func (m mask) blank(from, to token.Pos) {
	for i := int(from) - m.base; i < int(to)-m.base; i++ {
		m.text[i] = ' '
	}
}

func (m mask) literal(lit *ast.BasicLit) {
	from, to := lit.Pos()+1, lit.End()-1
	m.show(from, to)
	if lit.Value[0] == '`' {
		return
	}
	inside := m.text[int(from)-m.base : int(to)-m.base]
	for i := 0; i+1 < len(inside); i++ {
		if inside[i] == '\\' {
			inside[i], inside[i+1] = ' ', ' '
			i++
		}
	}
}

// join blanks the gap in "a" + "b", but no comment in it.
func (m mask) join(sum *ast.BinaryExpr) {
	left, right := sum.X, sum.Y
	if deeper, ok := left.(*ast.BinaryExpr); ok {
		left = deeper.Y
	}
	if deeper, ok := right.(*ast.BinaryExpr); ok {
		right = deeper.X
	}
	if sum.Op == token.ADD && isString(left) && isString(right) {
		for at := left.End() - 1; at <= right.Pos(); at++ {
			if m.text[int(at)-m.base] == 0 {
				m.blank(at, at+1)
			}
		}
	}
}

func isString(expr ast.Expr) bool {
	lit, ok := expr.(*ast.BasicLit)
	return ok && lit.Kind == token.STRING
}

// descriptions keeps the values of the description keys of an action file, and
// counts their lines.
func descriptions(source []byte) (text []byte, lines int) {
	key := regexp.MustCompile(`^( *)(?:- )?description:`)
	text = make([]byte, len(source))
	offset, indent, inside := 0, 0, false
	for line := range bytes.Lines(source) {
		found := key.FindSubmatchIndex(line)
		start := 0
		switch {
		case found != nil:
			start, indent, inside = found[1], found[3], true
		case inside:
			inside = len(bytes.TrimSpace(line)) == 0 || len(line)-len(bytes.TrimLeft(line, " ")) > indent
		}
		if inside {
			copy(text[offset+start:], line[start:])
			lines++
		}
		offset += len(line)
	}
	return text, lines
}
