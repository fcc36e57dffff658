// SPDX-License-Identifier: Apache-2.0
"use strict";

// Partition key ranges: one, whose id is a text as the service's is. Clients
// read them as a feed that ends with 304.

const { answer } = require("./answers");

const RANGE_ID = "0";
const ETAG = '"1"'; // ranges never change here

function ranges({ container, headers }) {
  if (headers["if-none-match"] === ETAG) return answer(304, undefined, { etag: ETAG });
  const { _rid, _self } = container.properties;
  const range = {
    _rid,
    _self: `${_self}/pkranges/${RANGE_ID}/`,
    _etag: ETAG,
    _ts: 0,
    id: RANGE_ID,
    minInclusive: "",
    maxExclusive: "FF",
    ridPrefix: 0,
    throughputFraction: 1,
    status: "online",
    parents: [],
  };
  return answer(200, { _rid, PartitionKeyRanges: [range], _count: 1 }, { etag: ETAG, "x-ms-item-count": "1" });
}

module.exports = { RANGE_ID, ranges };
