// SPDX-License-Identifier: Apache-2.0
"use strict";

// Faults that a test orders for a database: the next requests for its items are
// answered with a status, or cut, before or after they were carried out.

const { Refused, refusal } = require("./answers");

class Faults {
  #ordered = new Map(); // by database, first come first

  order(fault) {
    const { database, status = 0, count = 1 } = Object(fault);
    if (typeof database !== "string" || !Number.isInteger(count) || !Number.isInteger(status)) {
      throw new Refused(400, "A fault has a database, a status (or 0 to cut the connection) and a count.");
    }
    const queue = this.#ordered.get(database) ?? [];
    queue.push({ ...fault, status, count });
    this.#ordered.set(database, queue);
  }

  // take returns the fault of a request for items, if there is one:
  // {after, cut, answer}.
  take(database) {
    const queue = this.#ordered.get(database);
    const fault = queue?.find(({ count }) => count > 0);
    if (!fault) {
      this.#ordered.delete(database);
      return undefined;
    }
    fault.count -= 1;
    const { after = false, retryAfterMs, status, substatus } = fault;
    if (status === 0) return { after, cut: true };
    const answer = refusal(status, "A fault that was ordered.", substatus);
    if (retryAfterMs !== undefined) answer.headers["x-ms-retry-after-ms"] = String(retryAfterMs);
    return { after, cut: false, answer };
  }
}

module.exports = { Faults };
