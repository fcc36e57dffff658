// SPDX-License-Identifier: Apache-2.0
"use strict";

// Requests for one item.

const { answer } = require("./answers");
const { requireKey } = require("./key");
const { run } = require("./operations");
const { checkSession } = require("./session");

const TYPES = { GET: "Read", PUT: "Replace", DELETE: "Delete", PATCH: "Patch" };

function isTrue(header) {
  return String(header).toLowerCase() === "true";
}

function isMinimal(headers) {
  return headers.prefer === "return=minimal";
}

function item(call) {
  const { container, headers, method, params } = call;
  const type = TYPES[method] ?? (isTrue(headers["x-ms-documentdb-is-upsert"]) ? "Upsert" : "Create");
  const partition = container.partition(requireKey(headers, container));
  if (type === "Read") checkSession(headers, container);
  let body = type === "Read" || type === "Delete" ? undefined : call.json();
  if (type === "Patch" && Array.isArray(body)) body = { operations: body }; // both forms are in use by SDKs
  const result = run(container, partition, { type, id: params.item, body, ifMatch: headers["if-match"] });
  if (!("item" in result)) return result;
  if (type !== "Read") container.lsn += 1;
  const etag = result.item ? { etag: result.item._etag } : {};
  return answer(result.status, type !== "Read" && isMinimal(headers) ? undefined : result.item, etag);
}

module.exports = { isMinimal, isTrue, item };
