// SPDX-License-Identifier: Apache-2.0
"use strict";

// Databases and containers: created, read, deleted. Who may do so is not asked
// here.

const { Refused, answer } = require("./answers");
const { checkName } = require("./limits");

const stored = (status, data) => answer(status, data, { etag: data._etag });

function createDatabase({ account, json }) {
  const { id } = Object(json());
  checkName(id);
  if (account.database(id)) throw new Refused(409, "Resource with specified id or name already exists.");
  account.writes += 1;
  return stored(201, account.databases.create({ id, _colls: "colls/", _users: "users/" }));
}

function readDatabase({ account, params }) {
  const database = account.database(params.database);
  if (!database) throw new Refused(404, "Resource Not Found.");
  return stored(200, database.read());
}

function deleteDatabase({ account, params }) {
  readDatabase({ account, params });
  account.databases.delete(params.database, params.database);
  account.writes += 1;
  return answer(204);
}

function createContainer({ account, json, params }) {
  const properties = Object(json());
  checkName(properties.id);
  const paths = properties.partitionKey?.paths;
  if (!Array.isArray(paths) || !paths.every((path) => /^\/[^/]/.test(path)) || paths.length === 0) {
    throw new Refused(400, "The partition key definition has no paths.");
  }
  if (paths.length > 1) throw new Refused(501, "Hierarchical partition keys are not in this front.");
  const database = account.owner(params.database);
  if (database.collection(properties.id).read()) {
    throw new Refused(409, "Resource with specified id or name already exists.");
  }
  account.writes += 1;
  return stored(201, database.collections.create({ ...properties, partitionKey: { kind: "Hash", ...properties.partitionKey } }));
}

function readContainer({ account, params }) {
  const data = account.owner(params.database).collection(params.container).read();
  if (!data) throw new Refused(404, "Resource Not Found.");
  return stored(200, data);
}

function deleteContainer({ account, params }) {
  readContainer({ account, params });
  account.owner(params.database).collections.delete(params.container, params.container);
  account.writes += 1;
  return answer(204);
}

module.exports = { createContainer, createDatabase, deleteContainer, deleteDatabase, readContainer, readDatabase };
