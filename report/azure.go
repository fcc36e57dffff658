// SPDX-License-Identifier: Apache-2.0

package report

import (
	"strconv"
	"strings"
)

// azurePipelines is the dialect of Azure Pipelines.
// https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
// The agent shows ten issues of each type for one task.
// https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Worker/ExecutionContext.cs (_maxIssueCount)
func azurePipelines() dialect {
	return dialect{format: formatAzure, command: azureCommand, open: "##[group]", close: "##[endgroup]", most: 10}
}

// azureCommand is the logging command of an annotation. Issues are errors or
// warnings; a notice becomes a highlighted line.
func azureCommand(a annotation) string {
	if a.level == levelNotice {
		return "##[section]" + safe(a.title) + ": " + safe(a.message)
	}
	command := "##vso[task.logissue type=" + a.level
	add := func(name, value string) {
		if value = safe(value); value != "" {
			command += ";" + name + "=" + escapeLogging(value)
		}
	}
	add("sourcepath", a.file)
	if a.file != "" && a.line > 0 {
		add("linenumber", strconv.Itoa(a.line))
		add("columnnumber", strconv.Itoa(max(a.column, 1)))
	}
	add("code", a.title)
	return command + "]" + escapeLoggingData(safe(a.message))
}

// escapeLoggingData escapes the message of a logging command, as Microsoft's own
// tasks do.
// https://github.com/microsoft/azure-pipelines-task-lib/blob/master/node/taskcommand.ts
func escapeLoggingData(s string) string {
	return strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// escapeLogging escapes a property, which a semicolon or a bracket would end (the
// same file).
func escapeLogging(s string) string {
	return strings.NewReplacer("%", "%AZP25", ";", "%3B", "\r", "%0D", "\n", "%0A", "]", "%5D").Replace(s)
}
