// SPDX-License-Identifier: Apache-2.0
"use strict";

// What the service does not have and tests need.

const { Refused, answer } = require("./answers");
const { createContainer, createDatabase } = require("./management");

// provision creates what is absent of {database, containers}, keyed by /pk.
function provision({ account, json }) {
  const { database, containers } = Object(json());
  if (!account.database(database)) createDatabase({ account, json: () => ({ id: database }) });
  for (const id of containers ?? []) {
    if (account.owner(database).collection(id).read()) continue;
    const properties = { id, partitionKey: { paths: ["/pk"], kind: "Hash", version: 2 } };
    createContainer({ account, json: () => properties, params: { database } });
  }
  return answer(204);
}

// dump tells all documents of a database, by container, partition and id.
function dump({ account, search }) {
  const database = search.get("database");
  const documents = [];
  for (const container of account.containers(database)) {
    for (const key of container.keys()) {
      const bodies = container.documents(key).sort((a, b) => (a.id < b.id ? -1 : 1));
      for (const body of bodies) {
        documents.push({ container: container.properties.id, partition: asText(key), id: body.id, body });
      }
    }
  }
  return answer(200, { documents });
}

// asText returns the value of a key, as JSON if it is no text.
function asText(key) {
  const [value] = JSON.parse(key);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function fault({ faults, json }) {
  faults.order(json());
  return answer(204);
}

const OWN = { "GET dump": dump, "POST fault": fault, "POST provision": provision };

function own(call) {
  const handler = OWN[`${call.method} ${call.params.own}`];
  if (!handler) throw new Refused(404, "The front has no such endpoint.");
  return handler(call);
}

module.exports = { own };
