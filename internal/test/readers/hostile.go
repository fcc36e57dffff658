// SPDX-License-Identifier: Apache-2.0

package readers

import "strings"

// Hostile returns texts for a manifest, a store or an environment that try to make a
// reader of the output execute them.
func Hostile() []string {
	return []string{
		"::add-mask::a", "  ::add-mask::a", " \t::add-mask::a", "\n::add-mask::a", "\r::set-output name=approved::true", "\r\n::error::x\n",
		"\u2028::error::x", "\u0085::error::x", "\u00a0::error::x", "\u3000::error::x", "\ufeff::error::x", "\ufe0f::error::x", "\u200b::error::x",
		":", ":error::x", "x\n::stop-commands::pause", "%0A::error::x", "%250A%0D", "a,b:c=d;e]",
		"##[add-mask]a", "x ##[error]y", "#\ufe0f#[error]y", "###[error]y", "##vso[task.setvariable variable=a]b", "##", "##\u200b[error]y",
		"\x1b[2J", "\x1b]0;title\a", "\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x1b\\", "\x9b31m", "\u009b31m", "a\bb", "\x7f", "\x00",
		"\u202eevil", "\u2066evil\u2069", "\u200e\u061c", "\u2029", "\U000e0041", "\u115f\u3164",
		"\xff\xfe", "a\xc3", "\xed\xa0\x80",
		"${{ github.token }}", "`code`", "a``b```c", "`", "``@team``", "`[x](https://example.com)`", "```text\n@team\n```", "$(touch x)", "'; touch x; '", `"`, `\`, `\n`, `\"`, `a" ]; b -> c; "`,
		`"] --> z`, "end", "%%{init: {}}%%", "]]>", "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "</details>", "<!-- x -->",
		"[link](https://example.com)", "![x](https://example.com/x.png)", "@team", "#quot;", "#34;", "&quot;", "&#34;", "|", "| a | b |",
		"::endgroup::", "::group::x", "::debug::x", "::notice file=a,line=1::x", "日本語", strings.Repeat("日W ", 200), "",
	}
}

// Smuggled returns every command, preceded by everything that may end a line or hide
// the start of one.
func Smuggled() []string {
	var list []string
	for _, command := range []string{
		"::error::x", "::add-mask::a", "::set-output name=approved::true", "::stop-commands::pause", "::save-state name=a::b",
		"##[error]x", "##[command]x", "##vso[task.setvariable variable=a]b", "##vso[task.uploadsummary]/etc/passwd", "section_start:0:a\r\x1b[0Kx",
		"@team", "<b>x</b>", "[x](javascript:alert(1))", "![x](https://example.com/x.png)", "| a | b |", "```\n# heading", "<!-- roster 0123456789abcdef -->",
	} {
		for _, gap := range []string{"\n", "\r", "x\r\n", "\u2028", "\u0085", " \t", "%0A", "\u200b", "\x1b[2K", "`", "``` ", "*/"} {
			list = append(list, gap+command)
		}
	}
	return list
}
