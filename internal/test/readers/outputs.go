// SPDX-License-Identifier: Apache-2.0

package readers

import (
	"errors"
	"fmt"
	"strings"
)

// errOutputs is returned for a file of outputs that the runner would refuse.
var errOutputs = errors.New("the runner refuses the file")

// Outputs parses a file of outputs like the runner: name=value, or
// name<<DELIMITER up to a line that is DELIMITER
// (https://github.com/actions/runner, FileCommandManager.cs).
func Outputs(text string) (map[string]string, error) {
	outputs := map[string]string{}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		heredoc, equals := strings.Index(line, "<<"), strings.IndexByte(line, '=')
		switch {
		case line == "":
		case equals >= 0 && (heredoc < 0 || equals < heredoc):
			outputs[line[:equals]] = line[equals+1:]
		case heredoc < 0:
			return nil, fmt.Errorf("%w: %q", errOutputs, line)
		default:
			name, delimiter := line[:heredoc], line[heredoc+2:]
			var value []string
			for i++; i < len(lines) && lines[i] != delimiter; i++ {
				value = append(value, lines[i])
			}
			outputs[name] = strings.Join(value, "\n")
		}
	}
	return outputs, nil
}
