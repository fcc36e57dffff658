// SPDX-License-Identifier: Apache-2.0

// Package manifest reads a registry: the folder of YAML manifests that declare
// every app, environment and agent of a company as nodes of one tree.
//
// The way of a file is one way: bytes, within limits ([Limits]), are parsed
// strictly into a [Document] that knows the position of every value; a check
// given by the caller judges the document; then it is decoded into one of the
// seven kinds; and all manifests together are resolved into a [Registry].
// Whatever is wrong with a file is a finding, never an error, and every file is
// looked at. Only a folder that cannot be read at all is an error.
//
// The package reads an fs.FS and nothing else: a directory, a git revision or a
// test's map all look the same. It is the only importer of a YAML library and
// never hands a parsed value to it for decoding: the library gives positions
// and scalars, the walk is ours, so no alias, merge key, tag or type coercion
// can reach the rest of roster.
package manifest
