# SPDX-License-Identifier: Apache-2.0

# Every manifest matches the JSON Schema of its kind. The schemas arrive as data.
package main

schema := data.schemas[lower(input.kind)]

deny contains "kind has no schema" if not schema

deny contains problem.desc if {
	[valid, problems] := json.match_schema(input, schema)
	not valid
	some problem in problems
}
