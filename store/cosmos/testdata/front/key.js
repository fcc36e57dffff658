// SPDX-License-Identifier: Apache-2.0
"use strict";

// The partition that a request names in its header.

const { Refused } = require("./answers");
const { checkKey } = require("./limits");

const HEADER = "x-ms-documentdb-partitionkey";

// keyFrom returns the canonical key, or undefined if the request names none.
function keyFrom(headers, container) {
  const header = headers[HEADER];
  if (header === undefined) return undefined;
  let values;
  try {
    values = JSON.parse(header);
  } catch {
    values = null;
  }
  if (!Array.isArray(values)) throw new Refused(400, `The header ${HEADER} is no JSON array.`);
  if (values.length === 0) return undefined;
  if (values.length !== container.paths.length) {
    throw new Refused(400, `The header ${HEADER} has ${values.length} components, the container ${container.paths.length}.`);
  }
  const [value] = values;
  const none = typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
  if (typeof value === "object" && value !== null && !none) {
    throw new Refused(400, "The value of a partition key is a text, a number, a boolean or null.");
  }
  checkKey(value, container.version);
  return JSON.stringify(values);
}

// requireKey is for requests of items: they name exactly one partition.
function requireKey(headers, container) {
  const key = keyFrom(headers, container);
  if (key === undefined) throw new Refused(400, "PartitionKey value must be supplied for this operation.");
  return key;
}

module.exports = { keyFrom, requireKey };
