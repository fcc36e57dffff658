// SPDX-License-Identifier: Apache-2.0
"use strict";

// Session tokens: range:version#lsn, as the gateway gives them (Microsoft,
// "Consistency levels in Azure Cosmos DB"; SDK sources, VectorSessionToken).

const { Refused, SUBSTATUS } = require("./answers");

// From strong to weak; the account is at Session.
const LEVELS = ["Strong", "BoundedStaleness", "Session", "ConsistentPrefix", "Eventual"];
const ACCOUNT_LEVEL = LEVELS.indexOf("Session");

function token(lsn) {
  return `0:-1#${lsn}`;
}

// checkSession refuses a read that asks for more than there is: a consistency
// above the account's, or a state that was not reached.
function checkSession(headers, container) {
  const wanted = headers["x-ms-consistency-level"] ?? LEVELS[ACCOUNT_LEVEL];
  const level = LEVELS.indexOf(wanted);
  if (level < ACCOUNT_LEVEL) {
    throw new Refused(400, `The consistency level ${wanted} is none, or stronger than the account's.`);
  }
  const given = headers["x-ms-session-token"];
  if (given === undefined || level !== ACCOUNT_LEVEL) return;
  for (const part of given.split(",")) {
    if (lsnOf(part.trim()) > container.lsn) {
      throw new Refused(404, "The read session is not available for the input session token.", SUBSTATUS.sessionNotAvailable);
    }
  }
}

function lsnOf(part) {
  const match = /^[^:]+:(?:-?\d+#)?(\d+)(?:#\d+=-?\d+)*$/.exec(part);
  if (!match) throw new Refused(400, `The session token ${JSON.stringify(part)} is invalid.`);
  return Number(match[1]);
}

module.exports = { checkSession, token };
