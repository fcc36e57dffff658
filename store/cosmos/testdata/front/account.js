// SPDX-License-Identifier: Apache-2.0
"use strict";

// The package's account, with our containers beside its collections.

const PackagedAccount = require("@vercel/cosmosdb-server/lib/account").default;

const { Refused, SUBSTATUS } = require("./answers");
const { Partition } = require("./partition");

// NONE is the key of documents without one (the SDKs' PartitionKey.None).
const NONE = "[{}]";

// Container adds to a collection its partitions and its count of writes.
class Container {
  #account;
  #partitions = new Map(); // by canonical key
  #documents = 0;
  lsn = 0; // log sequence number: of the newest write

  constructor(account, collection) {
    this.#account = account;
    this.collection = collection;
    const { partitionKey, uniqueKeyPolicy } = collection.read();
    this.paths = partitionKey.paths;
    this.version = partitionKey.version ?? 1;
    this.uniquePaths = (uniqueKeyPolicy?.uniqueKeys ?? []).flatMap((key) => key.paths);
  }

  get properties() {
    return this.collection.read();
  }

  nextETag() {
    return this.#account.nextETag();
  }

  nextDocument() {
    this.#documents += 1;
    return this.#documents;
  }

  // keyOf returns the canonical key that a document belongs to.
  keyOf(document) {
    const names = this.paths[0].slice(1).split("/");
    const value = names.reduce((at, name) => (Object(at) === at ? at[name] : undefined), document);
    return value === undefined ? NONE : JSON.stringify([value]);
  }

  partition(key) {
    let partition = this.#partitions.get(key);
    if (!partition) {
      partition = new Partition(this, key);
      this.#partitions.set(key, partition);
    }
    return partition;
  }

  // documents of one partition, or of all when no key is given.
  documents(key) {
    if (key !== undefined) return this.#partitions.get(key)?.all() ?? [];
    return Array.from(this.#partitions.values(), (partition) => partition.all()).flat();
  }

  keys() {
    return [...this.#partitions.keys()].sort();
  }
}

class Account {
  #packaged;
  #containers = new WeakMap(); // by the package's collection
  #etags = 0;
  writes = 0; // of databases and containers

  constructor(address, port, url) {
    this.#packaged = new PackagedAccount(address, port);
    const region = [{ name: "South Central US", databaseAccountEndpoint: `${url}/` }];
    this.properties = { ...this.#packaged.read(), writableLocations: region, readableLocations: region };
  }

  get databases() {
    return this.#packaged.databases;
  }

  database(id) {
    const database = this.#packaged.database(id);
    return database.read() ? database : undefined;
  }

  // owner returns a database that something is looked up in.
  owner(id) {
    const database = this.database(id);
    if (!database) throw new Refused(404, `Owner resource does not exist: database ${id}.`, SUBSTATUS.ownerNotFound);
    return database;
  }

  // container returns one that items are looked up in.
  container(databaseId, id) {
    const collection = this.owner(databaseId).collection(id);
    if (!collection.read()) {
      throw new Refused(404, `Owner resource does not exist: container ${id}.`, SUBSTATUS.ownerNotFound);
    }
    let container = this.#containers.get(collection);
    if (!container) {
      container = new Container(this, collection);
      this.#containers.set(collection, container);
    }
    return container;
  }

  // containers of a database, by id.
  containers(databaseId) {
    const ids = this.owner(databaseId).collections.read().result.map(({ id }) => id);
    return ids.sort().map((id) => this.container(databaseId, id));
  }

  nextETag() {
    this.#etags += 1;
    return `"${this.#etags.toString(16).padStart(8, "0")}-0000-0d00-0000-000000000000"`;
  }
}

module.exports = { Account };
