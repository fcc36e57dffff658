// SPDX-License-Identifier: Apache-2.0
"use strict";

// The transactional batch: all of its operations or none (Microsoft,
// "Transactional batch operations in Azure Cosmos DB"). The package has no
// transaction, so the atomicity is ours alone.

const { answer } = require("./answers");
const { isMinimal } = require("./items");
const { requireKey } = require("./key");
const { checkOperations } = require("./limits");
const { run } = require("./operations");

function batch(call) {
  const { container, headers } = call;
  const partition = container.partition(requireKey(headers, container));
  const operations = call.json();
  checkOperations(operations);
  const results = [];
  const kept = partition.atomically(() => operations.every((operation) => {
    const result = run(container, partition, {
      type: operation?.operationType,
      id: operation?.id,
      body: operation?.resourceBody,
      ifMatch: operation?.ifMatch,
    });
    results.push(result);
    return "item" in result;
  }));
  if (!kept) return answer(207, failed(results, operations.length));
  const reads = operations.some(({ operationType }) => operationType === "Read");
  if (!operations.every(({ operationType }) => operationType === "Read")) container.lsn += 1;
  // azcosmos, ExecuteTransactionalBatch: without content the service sends no
  // payload at all, which is why it asks for it when something is read.
  return answer(200, isMinimal(headers) && !reads ? undefined : results.map(succeeded));
}

function succeeded({ status, item }) {
  return { statusCode: status, requestCharge: 1, eTag: item?._etag, resourceBody: item };
}

// failed tells the code of the operation that failed, and 424 for all others.
function failed(results, count) {
  const culprit = results.length - 1;
  const { status, substatus } = results[culprit];
  return Array.from({ length: count }, (_, i) => {
    if (i !== culprit) return { statusCode: 424, requestCharge: 0 };
    return { statusCode: status, subStatusCode: substatus, requestCharge: 1 };
  });
}

module.exports = { batch };
