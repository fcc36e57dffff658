// SPDX-License-Identifier: Apache-2.0

package manifest

// Limits bound what hostile files can cost. Every field has a default, taken
// for the zero value; [DefaultLimits] lists them.
type Limits struct {
	File    int // bytes of one file
	Total   int // bytes of all files of a registry
	Commas  int // commas of one file; see checkSource
	Depth   int // nesting of one document
	Nodes   int // mappings, lists, keys and scalars of one document
	Scalar  int // bytes of one key or scalar
	Number  int // characters of a number literal
	Entries int // directory entries looked at while including
}

// DefaultLimits returns the limits in force where a field is zero. A file at
// every cap is still answered within 250 ms and 64 MiB.
func DefaultLimits() Limits {
	return Limits{
		File:    256 << 10,
		Total:   16 << 20,
		Commas:  64 << 10,
		Depth:   32,
		Nodes:   10_000,
		Scalar:  8 << 10,
		Number:  32,
		Entries: 1_000_000,
	}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	for _, f := range []struct{ have, want *int }{
		{&l.File, &d.File},
		{&l.Total, &d.Total},
		{&l.Commas, &d.Commas},
		{&l.Depth, &d.Depth},
		{&l.Nodes, &d.Nodes},
		{&l.Scalar, &d.Scalar},
		{&l.Number, &d.Number},
		{&l.Entries, &d.Entries},
	} {
		if *f.have == 0 {
			*f.have = *f.want
		}
	}
	return l
}
