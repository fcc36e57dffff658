// SPDX-License-Identifier: Apache-2.0

package ci

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// azureSink writes logging commands of Azure Pipelines
// (learn.microsoft.com, "Logging commands").
type azureSink struct {
	getenv   func(string) string
	commands io.Writer
}

// Output sets an output variable of the step, task.setvariable. A variable's name
// has no -, which becomes _.
func (s azureSink) Output(name, value string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return s.command("task.setvariable variable="+strings.ReplaceAll(name, "-", "_")+";isoutput=true", value)
}

// Summary writes a file to the agent's folder for passing things on, and has it
// shown, task.uploadsummary. The folder is emptied after each job.
func (s azureSink) Summary(markdown string) error {
	folder := s.getenv("AGENT_TEMPDIRECTORY")
	if folder == "" {
		return nil
	}
	file, err := os.CreateTemp(folder, "roster-*.md")
	if err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	_, err = io.WriteString(file, fit(markdown, maxSummary))
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	path, err := filepath.Abs(file.Name())
	if err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return s.command("task.uploadsummary", path)
}

// command writes a logging command. Its data is escaped as Microsoft's own tasks
// do it.
// https://github.com/microsoft/azure-pipelines-task-lib/blob/master/node/taskcommand.ts
func (s azureSink) command(head, data string) error {
	escape := strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A")
	if _, err := io.WriteString(s.commands, "##vso["+head+"]"+escape.Replace(data)+"\n"); err != nil {
		return fmt.Errorf("write a logging command: %w", err)
	}
	return nil
}
