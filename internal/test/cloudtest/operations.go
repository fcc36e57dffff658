// SPDX-License-Identifier: Apache-2.0

package cloudtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// The actions on a container, as role definitions name them below
// Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/.
const (
	actionRead    = "items/read"
	actionQuery   = "executeQuery"
	actionFeed    = "readChangeFeed"
	actionCreate  = "items/create"
	actionReplace = "items/replace"
	actionUpsert  = "items/upsert"
	actionDelete  = "items/delete"
)

// classifyCosmos sets the kind of a request to the account from the resource in its
// path ("Azure Cosmos DB REST API reference").
func classifyCosmos(k *call) {
	parts := strings.Split(strings.Trim(k.URL.EscapedPath(), "/"), "/")
	depth := len(parts)
	switch {
	case k.URL.Path == "/":
		k.x.Kind = KindManagement
		if k.Method == http.MethodGet {
			k.x.Kind = KindAccount
		}
	case depth == 5 && parts[4] == "docs":
		classifyFeed(k)
	case depth == 6 && parts[4] == "docs":
		classifyItem(k, parts[5])
	case parts[0] == "dbs" && readsMetadata(k, parts):
		k.x.Kind = KindMetadata
	default:
		k.x.Kind = KindManagement
	}
}

// readsMetadata reports whether a request only reads databases, containers or
// partition key ranges. A query can also return databases and containers.
func readsMetadata(k *call, parts []string) bool {
	reads := k.Method == http.MethodGet || isQuery(k)
	switch len(parts) {
	case 1, 2:
		return reads
	case 3, 4:
		return reads && parts[2] == "colls"
	case 5:
		return k.Method == http.MethodGet && parts[4] == "pkranges"
	}
	return false
}

func isQuery(k *call) bool {
	return k.Method == http.MethodPost && (says(k, "X-Ms-Documentdb-Query") || says(k, "X-Ms-Documentdb-Isquery") ||
		says(k, "X-Ms-Cosmos-Is-Query-Plan-Request") || strings.HasPrefix(k.Header.Get("Content-Type"), "application/query+json"))
}

func says(k *call, header string) bool { return strings.EqualFold(k.Header.Get(header), "true") }

// classifyFeed classifies requests for a container's items. The documentation has no
// separate action for a plain feed of items, so it counts as a query.
func classifyFeed(k *call) {
	one := func(kind Kind, action, id string) {
		k.x.Kind, k.x.Operations = kind, []Operation{{action, id}}
	}
	switch {
	case k.Method == http.MethodGet && k.Header.Get("A-Im") != "":
		one(KindQuery, actionFeed, "")
	case k.Method == http.MethodGet, isQuery(k):
		one(KindQuery, actionQuery, "")
	case k.Method != http.MethodPost:
		k.x.Kind = KindManagement
	case says(k, "X-Ms-Cosmos-Is-Batch-Request"):
		k.x.Kind, k.x.Operations = KindBatch, batch(k.body)
	case says(k, "X-Ms-Documentdb-Is-Upsert"):
		one(KindWrite, actionUpsert, idOf(k.body))
	default:
		one(KindWrite, actionCreate, idOf(k.body))
	}
}

// classifyItem classifies requests for one item. The documentation has no separate
// action for a patch, so it counts as a replace.
func classifyItem(k *call, escaped string) {
	id, err := url.PathUnescape(escaped)
	if err != nil {
		id = escaped
	}
	kind, action := KindWrite, ""
	switch k.Method {
	case http.MethodGet, http.MethodHead:
		kind, action = KindRead, actionRead
	case http.MethodPut, http.MethodPatch:
		action = actionReplace
	case http.MethodDelete:
		action = actionDelete
	default:
		k.x.Kind = KindManagement
		return
	}
	k.x.Kind, k.x.Operations = kind, []Operation{{action, id}}
}

// batch returns the operations of a transactional batch. An invalid batch has none,
// and is refused for that.
func batch(body []byte) []Operation {
	var members []struct {
		OperationType string
		ID            string
		ResourceBody  struct{ ID string }
	}
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	actions := map[string]string{
		"Create": actionCreate, "Replace": actionReplace, "Upsert": actionUpsert, "Delete": actionDelete, "Read": actionRead, "Patch": actionReplace,
	}
	var operations []Operation
	for _, member := range members {
		action, known := actions[member.OperationType]
		if !known {
			return nil
		}
		id := member.ID
		if id == "" {
			id = member.ResourceBody.ID
		}
		operations = append(operations, Operation{action, id})
	}
	return operations
}

func idOf(body []byte) string {
	var item struct{ ID string }
	if json.Unmarshal(body, &item) != nil {
		return ""
	}
	return item.ID
}

// writesItems reports whether a request changes an item.
func writesItems(x *Exchange) bool {
	return x.hasAction(actionCreate) || x.hasAction(actionReplace) || x.hasAction(actionUpsert) || x.hasAction(actionDelete)
}
