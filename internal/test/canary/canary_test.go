// SPDX-License-Identifier: Apache-2.0

package canary_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/test/canary"
)

// TestFind plants a secret in every encoding and at every offset between similar
// texts, and finds it. In texts without a secret it finds nothing.
func TestFind(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"abc8Q~made-by-the-service-00000001", "q+/Zm9vYmFyYmF6cXV4==", `quo"te & <tag> \ slash`} {
		for before := range 7 {
			left, right := strings.Repeat("x", before), "yy"
			whole := left + secret + right
			quoted, err := json.Marshal(whole)
			if err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{
				"plain": whole, "base64": base64.StdEncoding.EncodeToString([]byte(whole)), "base64url": base64.URLEncoding.EncodeToString([]byte(whole)),
				"hex": strings.ToUpper(hex.EncodeToString([]byte(whole))), "percent": url.QueryEscape(whole), "JSON": string(quoted),
			} {
				found := fmt.Sprint(canary.Find([]byte("{"+text+"}"), "nothing-of-the-kind", secret))
				if !strings.Contains(found, "secret 1, "+name) || strings.Contains(found, "secret 0") {
					t.Errorf("%s after %d: %s", name, before, found)
				}
			}
		}
		if found := canary.Find([]byte("a text that has nothing"), secret); len(found) > 0 {
			t.Errorf("found %v", found)
		}
	}
	if found := canary.Find(nil, "short"); len(found) != 1 {
		t.Errorf("a secret that is too short: %v", found)
	}
}
