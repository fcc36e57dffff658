// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"github.com/appofapps/roster/catalogue"
	"github.com/appofapps/roster/verdict"
)

// Catalogue returns the permissions that the built-in catalogues list.
func Catalogue() (*verdict.World, error) {
	all, err := catalogue.Load()
	if err != nil {
		return nil, err
	}
	w := &verdict.World{}
	for _, n := range all {
		w.Namespaces = append(w.Namespaces, n.Name)
	}
	w.Listed, err = catalogue.Set(all)
	return w, err
}
