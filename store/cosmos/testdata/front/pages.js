// SPDX-License-Identifier: Apache-2.0
"use strict";

// Pages of a result that was evaluated once. A continuation names the result
// and how far it was read, so that another pager can go on.

const { createHash } = require("node:crypto");

const { Refused } = require("./answers");
const { MAX_PAGE } = require("./limits");

const KEPT = 128; // results; an older one is evaluated again
const MAX_ROWS = 1000; // of a page whose size the service chooses (-1); ours
const DEFAULT_ROWS = 100; // Microsoft, "Query documents", x-ms-max-item-count

function rowsPerPage(header) {
  if (header === undefined) return DEFAULT_ROWS;
  const rows = Number(header);
  if (!Number.isInteger(rows) || rows === 0 || rows < -1) {
    throw new Refused(400, `x-ms-max-item-count is ${header}; -1 or a positive number is allowed.`);
  }
  return rows === -1 ? MAX_ROWS : Math.min(rows, MAX_ROWS);
}

class Pages {
  #results = new Map(); // by id: rows as JSON texts
  #count = 0;

  // next returns {rows, continuation}. A continuation is only good for the
  // question that it was given for; evaluate is called when there is no result.
  next(question, headers, evaluate) {
    const digest = createHash("sha256").update(JSON.stringify(question)).digest("hex").slice(0, 16);
    let { id, offset } = position(headers["x-ms-continuation"], digest);
    let rows = this.#results.get(id);
    if (!rows) {
      rows = evaluate().map((row) => JSON.stringify(row));
      id = this.#keep(rows);
    }
    const end = endOfPage(rows, offset, rowsPerPage(headers["x-ms-max-item-count"]));
    const continuation = end < rows.length ? `front:${digest}:${id}:${end}` : undefined;
    return { rows: rows.slice(offset, end), continuation };
  }

  #keep(rows) {
    this.#count += 1;
    const id = String(this.#count);
    if (this.#results.size >= KEPT) this.#results.delete(this.#results.keys().next().value);
    this.#results.set(id, rows);
    return id;
  }
}

function position(continuation, digest) {
  if (!continuation) return { id: "", offset: 0 };
  const match = /^front:([0-9a-f]{16}):(\d+):(\d+)$/.exec(continuation);
  if (!match || match[1] !== digest) throw new Refused(400, "Invalid Continuation Token");
  return { id: match[2], offset: Number(match[3]) };
}

function endOfPage(rows, offset, count) {
  let end = offset;
  let bytes = 0;
  while (end < rows.length && end - offset < count) {
    bytes += Buffer.byteLength(rows[end]);
    if (bytes > MAX_PAGE && end > offset) break;
    end += 1;
  }
  return end;
}

module.exports = { Pages };
