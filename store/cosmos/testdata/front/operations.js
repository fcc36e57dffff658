// SPDX-License-Identifier: Apache-2.0
"use strict";

// One operation on one item, the same for single requests and in a batch. The
// package does it; what comes before is ours.

const packaged = require("@vercel/cosmosdb-server/lib/handler/_document-operations");
const { patchOperation } = require("@vercel/cosmosdb-server/lib/handler/_patch-operations");

const { Refused, SUBSTATUS, refusal } = require("./answers");
const { checkDepth, checkId } = require("./limits");

const RUN = {
  Create: packaged.createOperation,
  Delete: packaged.deleteOperation,
  Patch: patchOperation,
  Read: packaged.readOperation,
  Replace: packaged.replaceOperation,
  Upsert: packaged.upsertOperation,
};

const MESSAGES = {
  404: "Entity with the specified id does not exist in the system.",
  409: "Entity with the specified id already exists in the system.",
  412: "Operation cannot be performed because one of the specified precondition is not met.",
};

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

// run does {type, id, body, ifMatch} on a partition: {status, item}, or a
// refusal. It throws nothing that is the caller's fault.
function run(container, partition, operation) {
  try {
    check(container, partition, operation);
    return perform(partition, operation);
  } catch (err) {
    if (err instanceof Refused) return err.answer;
    if (err.conflict) return refusal(409, err.message);
    if (err.badRequest) return refusal(400, err.message);
    throw err;
  }
}

function check(container, partition, { type, id, body }) {
  if (!Object.hasOwn(RUN, type)) throw new Refused(400, `There is no operation of type ${JSON.stringify(type)}.`);
  if (type !== "Create" && type !== "Upsert") checkId(id);
  if (type === "Patch") {
    if (!Array.isArray(body?.operations)) throw new Refused(400, "The body is no list of patch operations.");
    return;
  }
  if (type === "Read" || type === "Delete") return;
  if (!isObject(body)) throw new Refused(400, "The body is no JSON object.");
  checkId(body.id);
  if (type === "Replace" && body.id !== id) throw new Refused(400, "The id of the body is not that of the request.");
  checkDepth(body);
  if (container.keyOf(body) !== partition.header) {
    throw new Refused(
      400,
      "PartitionKey extracted from document doesn't match the one specified in the header.",
      SUBSTATUS.keyMismatch,
    );
  }
}

function perform(partition, { type, id, body, ifMatch }) {
  const { statusCode, body: item } = RUN[type](partition, {
    id,
    resourceBody: body,
    operations: body?.operations,
    condition: body?.condition,
    partitionKey: partition.header,
    ifMatch: ifMatch === "*" ? undefined : ifMatch, // RFC 9110, section 13.1.1: any that exists
  });
  if (statusCode >= 400) return refusal(statusCode, MESSAGES[statusCode] ?? item?.message ?? "");
  return { status: statusCode, item };
}

module.exports = { run };
