// SPDX-License-Identifier: Apache-2.0

// Package manifest reads a registry: the folder of YAML manifests that declare
// every app, environment and agent of a company as nodes of one tree. Start with
// Load.
//
// Each file takes the same steps. Its bytes, within [Limits], are parsed strictly
// into a [Document] that knows the position of every value. The caller's check
// judges the document. Then it is decoded into the type of its kind, and all
// manifests together are resolved into a [Registry]. A mistake in a file is
// a finding, never an error, and every file is read. An error means that the
// folder itself cannot be read.
//
// Every field of the format has a class, which says what a change of it can give
// to somebody; see Fields.
//
// The package reads only an fs.FS, so a directory, a git revision and a map in a
// test are the same to it. It is the only importer of a YAML library, and takes
// only positions and scalars from it. So no alias, merge key, tag or type
// coercion reaches the rest of roster.
package manifest
