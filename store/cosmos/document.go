// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/store"
)

// item is the stored form of a document. A body in canonical JSON is stored as JSON,
// so it can be queried and read in the portal: Cosmos DB preserves values but not
// their encoding, and a value has only one canonical encoding. Any other body is
// stored as a string.
type item struct {
	ID        string          `json:"id"`
	Partition string          `json:"pk"`
	Type      store.Type      `json:"type"`
	Digest    string          `json:"digest,omitempty"`
	Deleted   bool            `json:"deleted,omitempty"`
	Body      json.RawMessage `json:"body,omitempty"`
	Text      string          `json:"text,omitempty"`
	ETag      string          `json:"_etag,omitempty"` // set by the service
}

// encode returns the JSON of a document to write.
func encode(partition string, doc store.Document) ([]byte, error) {
	i := item{ID: doc.ID, Partition: partition, Type: doc.Type, Digest: doc.Digest, Deleted: doc.Deleted}
	if canonical, err := canon.Canonicalize(doc.Body); err == nil && bytes.Equal(canonical, doc.Body) {
		i.Body = doc.Body
	} else {
		i.Text = string(doc.Body)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // escaping would change the bytes of the body
	if err := encoder.Encode(i); err != nil {
		return nil, fmt.Errorf("encode document %s: %w", doc.ID, err)
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

// decodeItem parses an item that the service returned.
func decodeItem(data []byte) (item, error) {
	var i item
	if err := json.Unmarshal(data, &i); err != nil {
		return i, fmt.Errorf("decode a document: %w", err)
	}
	return i, nil
}

// decode parses a document that the service returned, including its body.
func decode(data []byte) (store.Document, error) {
	i, err := decodeItem(data)
	if err != nil {
		return store.Document{}, err
	}
	doc := store.Document{ID: i.ID, Type: i.Type, Digest: i.Digest, Deleted: i.Deleted, ETag: i.ETag, Body: []byte(i.Text)}
	if i.Text == "" {
		if doc.Body, err = canon.Canonicalize(i.Body); err != nil {
			return store.Document{}, fmt.Errorf("decode document %s: %w", i.ID, err)
		}
	}
	return doc, nil
}
