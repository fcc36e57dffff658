// SPDX-License-Identifier: Apache-2.0

package registration

import (
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/manifest"
)

// SinkOf returns the destination that a manifest names.
func SinkOf(s *manifest.Sink) Sink {
	return Sink{
		KeyVault: s.KeyVault.Value, Secret: s.Secret.Value,
		GitHubSecret: s.GitHubSecret.Value, Environment: s.Environment.Value, Name: s.Name.Value,
		File: s.File.Value,
	}
}

// Place returns the destination in the one form that all its spellings have, so that
// places can be compared. folder is the registry's, to which relative files belong;
// with "", absolute files are never equal to relative ones.
func (s Sink) Place(folder string) Sink {
	switch {
	case s.KeyVault != "":
		return Sink{KeyVault: names.Vault(s.KeyVault), Secret: names.VaultObject(s.Secret)}
	case s.GitHubSecret != "":
		return Sink{
			GitHubSecret: names.Repository(s.GitHubSecret), Environment: names.Environment(s.Environment), Name: names.ActionsSecret(s.Name),
		}
	}
	return Sink{File: names.File(folder, s.File)}
}
