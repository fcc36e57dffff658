// SPDX-License-Identifier: Apache-2.0
"use strict";

// What the service refuses by size or by name. The package takes anything.

const { Refused } = require("./answers");

// Microsoft, "Azure Cosmos DB service quotas", "Per-request limits" and
// "Per-item limits".
const MAX_OPERATIONS = 100;
const MAX_REQUEST = 2 * 1024 * 1024; // bytes
const MAX_PAGE = 4 * 1024 * 1024; // bytes
const MAX_ID = 1023; // bytes
const MAX_NAME = 255; // bytes, of a database or container
const MAX_DEPTH = 128; // objects and arrays inside one another
const MAX_KEY = 2048; // bytes of a partition key's value,
const MAX_SMALL_KEY = 101; // and without large keys (version 1)

const FORBIDDEN = /[/\\?#]/;

function checkId(id, max = MAX_ID) {
  if (typeof id !== "string" || id === "") {
    throw new Refused(400, "The input content is invalid because the required property 'id' is missing or no text.");
  }
  if (FORBIDDEN.test(id)) {
    throw new Refused(400, `The id ${JSON.stringify(id)} has one of the characters / \\ ? #.`);
  }
  if (Buffer.byteLength(id) > max) {
    throw new Refused(400, `The id has ${Buffer.byteLength(id)} bytes; at most ${max} are allowed.`);
  }
}

function checkName(name) {
  checkId(name, MAX_NAME);
}

function checkDepth(value) {
  const nested = (values) => values.filter((v) => typeof v === "object" && v !== null);
  let level = nested([value]);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) throw new Refused(400, `The document is nested deeper than ${MAX_DEPTH}.`);
    level = nested(level.flatMap((v) => Object.values(v)));
  }
}

function checkKey(value, version) {
  const max = version >= 2 ? MAX_KEY : MAX_SMALL_KEY;
  if (typeof value === "string" && Buffer.byteLength(value) > max) {
    throw new Refused(400, `The partition key has ${Buffer.byteLength(value)} bytes; at most ${max} are allowed.`);
  }
}

function checkOperations(operations) {
  if (!Array.isArray(operations) || operations.length === 0) {
    throw new Refused(400, "The batch is no list of operations, or an empty one.");
  }
  if (operations.length > MAX_OPERATIONS) {
    throw new Refused(400, `The batch has ${operations.length} operations; at most ${MAX_OPERATIONS} are allowed.`);
  }
}

module.exports = { MAX_REQUEST, MAX_PAGE, checkId, checkName, checkDepth, checkKey, checkOperations };
