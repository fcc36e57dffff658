// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/appofapps/roster/manifest"
)

func ExampleLoad() {
	files := fstest.MapFS{
		"roster.yaml": {Data: []byte(`apiVersion: roster/v1
kind: Root
metadata: {name: acme}
spec: {include: ["*/*.yaml"]}
`)},
		"domains/orders.yaml": {Data: []byte(`apiVersion: roster/v1
kind: Domain
metadata: {name: orders}
spec: {owner: "group:orders"}
`)},
		"apps/checkout.yaml": {Data: []byte(`apiVersion: roster/v1
kind: App
metadata: {name: checkout}
spec:
  domain: orders
  owner: group:checkout
  version: v1.42.0
  parent: shop
  environments: {staging: {version: v1.43.0-rc1}, prod: {}}
`)},
		"apps/shop.yaml": {Data: []byte(`apiVersion: roster/v1
kind: App
metadata: {name: shop}
spec: {domain: orders, owner: "group:shop", version: v2}
`)},
		"apps/search.yaml": {Data: []byte(`apiVersion: roster/v1
kind: App
metadata: {name: search}
spec: {domain: order, owner: "group:search", version: v3}
`)},
	}
	registry, findings, err := manifest.Load(context.Background(), files, manifest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, node := range registry.Nodes {
		fmt.Println(node.Path, node.Version().Value)
	}
	for _, f := range findings {
		fmt.Println(f.Position(), f.Sentence())
	}
	// Output:
	// orders/shop v2
	// orders/shop/checkout v1.42.0
	// orders/shop/checkout@prod v1.42.0
	// orders/shop/checkout@staging v1.43.0-rc1
	// apps/search.yaml:4:16 domain "order" is not declared; allowed: orders; declare it with kind: Domain
}
