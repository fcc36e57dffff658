// SPDX-License-Identifier: Apache-2.0

package report

import (
	"strconv"
	"strings"
)

// gitHub is the dialect of GitHub Actions.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
// The runner shows ten annotations of each level for one step.
// https://github.com/actions/runner/blob/main/src/Runner.Worker/ExecutionContext.cs (_maxCountPerIssueType)
func gitHub() dialect {
	return dialect{format: formatGitHub, command: gitHubCommand, open: "::group::", close: "::endgroup::", most: 10}
}

// gitHubCommand is the workflow command of an annotation.
func gitHubCommand(a annotation) string {
	var properties []string
	add := func(name, value string) {
		// The runner cuts white space off the end of the properties.
		if value = strings.TrimSpace(safe(value)); value != "" {
			properties = append(properties, name+"="+escapeProperty(value))
		}
	}
	add("file", a.file)
	if a.file != "" && a.line > 0 {
		add("line", strconv.Itoa(a.line))
		add("col", strconv.Itoa(max(a.column, 1)))
	}
	add("title", a.title)
	return "::" + a.level + " " + strings.Join(properties, ",") + "::" + escapeData(safe(a.message))
}

// escapeData escapes the message of a command. The runner undoes exactly these
// (UnescapeData in ActionCommand.cs).
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// escapeProperty escapes a property of a command, which a comma or a colon
// would end (UnescapeProperty in ActionCommand.cs).
func escapeProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
