// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/appofapps/roster/manifest"
)

// ExamineFile examines a store that is a file on this machine. Such a store needs
// no identity, no containers and no roles. open opens it for reading and closes
// it again; it is called only if the file exists.
func ExamineFile(ctx context.Context, c Case, path string, open func(context.Context) error) *Diagnosis {
	d := &Diagnosis{APIVersion: manifest.APIVersion, Kind: Kind, Store: c.Store, For: c.For}
	d.Checks = append(d.Checks, Check{Name: "identity", State: OK, Detail: "none is needed: the store is a file on this machine"})
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.Checks = append(d.Checks, Check{Name: "file", State: OK, Detail: fmt.Sprintf("%q does not exist yet; roster sync creates it", path)})
		return d
	case err == nil && info.IsDir():
		err = fmt.Errorf("%q is a folder; name a file, as local:%s", path, filepath.Join(path, "registry.db"))
	case err == nil:
		err = open(ctx)
	}
	if err != nil {
		d.Checks = append(d.Checks, Check{Name: "file", State: Lacking, Detail: err.Error()})
		return d
	}
	d.Checks = append(d.Checks, Check{Name: "file", State: OK, Detail: fmt.Sprintf("%q exists and can be read", path)})
	if c.For == Sync {
		d.Checks = append(d.Checks, writable(path))
	}
	return d
}

// writable checks that the file can be written, without a change to it.
func writable(path string) Check {
	file, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // the store that the user named
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return Check{Name: "rights", State: Lacking, Detail: err.Error(), Fix: fmt.Sprintf("chmod u+w %q", path)}
	}
	return Check{Name: "rights", State: OK, Detail: "this user may write the file"}
}
