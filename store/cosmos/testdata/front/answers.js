// SPDX-License-Identifier: Apache-2.0
"use strict";

// Answers are values: {status, body, headers}. Only server.js writes one.

// The codes that the service gives beside its statuses (Microsoft, "HTTP status
// codes for Azure Cosmos DB").
const CODES = {
  400: "BadRequest",
  404: "NotFound",
  409: "Conflict",
  410: "Gone",
  412: "PreconditionFailed",
  413: "RequestEntityTooLarge",
  424: "FailedDependency",
  429: "TooManyRequests",
  449: "RetryWith",
  501: "NotImplemented",
  503: "ServiceUnavailable",
};

// Substatuses, as the same page and the SDKs' sources name them.
const SUBSTATUS = {
  keyMismatch: 1001,
  sessionNotAvailable: 1002, // with 404; with 410 the key range is gone
  rangeGone: 1002,
  ownerNotFound: 1003,
  crossPartition: 1004,
};

function answer(status, body, headers = {}) {
  return { status, body, headers };
}

function refusal(status, message, substatus) {
  const headers = substatus === undefined ? {} : { "x-ms-substatus": String(substatus) };
  return { status, substatus, body: { code: CODES[status] ?? "InternalServerError", message }, headers };
}

// Refused ends a request from anywhere below the server.
class Refused extends Error {
  constructor(status, message, substatus) {
    super(message);
    this.answer = refusal(status, message, substatus);
  }
}

module.exports = { SUBSTATUS, Refused, answer, refusal };
