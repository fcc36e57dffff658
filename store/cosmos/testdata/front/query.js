// SPDX-License-Identifier: Apache-2.0
"use strict";

// Queries. A partition's query sees that partition only; a query across
// partitions projects and filters, for the gateway refuses everything that
// would have to be merged (Microsoft, "Query documents", cross-partition).

const { Refused, SUBSTATUS, answer } = require("./answers");
const { isTrue } = require("./items");
const { keyFrom } = require("./key");
const { RANGE_ID } = require("./ranges");
const { checkSession } = require("./session");

function query({ container, headers, json, pages, plans }) {
  const { query: text, parameters = [] } = Object(json());
  if (typeof text !== "string" || !Array.isArray(parameters)) {
    throw new Refused(400, "The body has no query, or its parameters are no list.");
  }
  const key = keyFrom(headers, container);
  const plan = plans.of(text);
  if (key === undefined) checkAcross(headers, plan);
  checkSession(headers, container);

  const { _rid, indexingPolicy } = container.properties;
  const page = pages.next([_rid, key, text, parameters], headers, () =>
    plan.rows(container.documents(key), parameters, indexingPolicy?.compositeIndexes ?? []));
  const body = `{"_rid":${JSON.stringify(_rid)},"Documents":[${page.rows.join(",")}],"_count":${page.rows.length}}`;
  const continuation = page.continuation === undefined ? {} : { "x-ms-continuation": page.continuation };
  return answer(200, Buffer.from(body), { "x-ms-item-count": String(page.rows.length), ...continuation });
}

// checkAcross refuses what the gateway does not do across partitions. A client
// that names a range merges by itself and may ask anything.
function checkAcross(headers, plan) {
  const range = headers["x-ms-documentdb-partitionkeyrangeid"];
  if (range !== undefined) {
    if (range !== RANGE_ID) throw new Refused(410, `There is no partition key range ${range}.`, SUBSTATUS.rangeGone);
    return;
  }
  if (!isTrue(headers["x-ms-documentdb-query-enablecrosspartition"])) {
    throw new Refused(400, "Cross partition query is required but disabled.");
  }
  if (plan.wide) {
    throw new Refused(400, "The provided cross partition query can not be directly served by the gateway.", SUBSTATUS.crossPartition);
  }
}

module.exports = { query };
