// SPDX-License-Identifier: Apache-2.0
"use strict";

// Which handler a request is for. Handlers of items are given the container.

const { Refused, answer } = require("./answers");
const { batch } = require("./batch");
const { isTrue, item } = require("./items");
const management = require("./management");
const { own } = require("./own");
const { query } = require("./query");
const { ranges } = require("./ranges");

const MANAGEMENT = {
  "GET /": ({ account }) => answer(200, account.properties),
  "POST /dbs": management.createDatabase,
  "GET /dbs/*": management.readDatabase,
  "DELETE /dbs/*": management.deleteDatabase,
  "POST /dbs/*/colls": management.createContainer,
  "GET /dbs/*/colls/*": management.readContainer,
  "DELETE /dbs/*/colls/*": management.deleteContainer,
};

const ITEMS = {
  "GET /dbs/*/colls/*/pkranges": ranges,
  "POST /dbs/*/colls/*/docs": (call) => posted(call.headers)(call),
  "GET /dbs/*/colls/*/docs/*": item,
  "PUT /dbs/*/colls/*/docs/*": item,
  "PATCH /dbs/*/colls/*/docs/*": item,
  "DELETE /dbs/*/colls/*/docs/*": item,
};

function posted(headers) {
  if (isTrue(headers["x-ms-cosmos-is-query-plan-request"])) throw new Refused(501, "Query plans are not in this front.");
  const isQuery = headers["content-type"]?.startsWith("application/query+json");
  if (isQuery || isTrue(headers["x-ms-documentdb-isquery"]) || isTrue(headers["x-ms-documentdb-query"])) return query;
  return isTrue(headers["x-ms-cosmos-is-batch-request"]) ? batch : item;
}

// route returns {handler, params, items}. The change feed is not there, nor is
// anything else that has no row above.
function route(method, path) {
  let segments;
  try {
    segments = path.split("/").filter((segment) => segment !== "").map(decodeURIComponent);
  } catch {
    throw new Refused(400, "The path is not encoded well.");
  }
  if (segments[0] === "_front") return { handler: own, params: { own: segments[1] }, items: false };
  const shape = `${method} /${segments.map((segment, i) => (i % 2 === 0 ? segment : "*")).join("/")}`;
  const [, database, , container, , id] = segments;
  const params = { database, container, item: id };
  if (Object.hasOwn(ITEMS, shape)) return { handler: ITEMS[shape], params, items: true };
  if (Object.hasOwn(MANAGEMENT, shape)) return { handler: MANAGEMENT[shape], params, items: false };
  throw new Refused(501, `${method} ${path} is not in this front.`);
}

module.exports = { route };
