// SPDX-License-Identifier: Apache-2.0
"use strict";

// The package's store of documents, one for each logical partition, so that no
// request can leave its partition, and with an undo journal, which makes a
// batch atomic.

const Documents = require("@vercel/cosmosdb-server/lib/account/documents").default;

// Partition is the "collection" that the package's operations are given: they
// use documents and document(id).
class Partition extends Documents {
  #container;
  #journal = null; // [id, what was there], newest last; null outside of a batch

  constructor(container, header) {
    super(container.collection, container.paths, container.uniquePaths);
    this.#container = container;
    this.header = header; // as in x-ms-documentdb-partitionkey
    this.documents = this;
  }

  document(id) {
    return this._item("/id", id);
  }

  all() {
    return Array.from(this._data.values(), (item) => item.read());
  }

  // atomically keeps what run writes if it returns true, and else nothing of it.
  // It must not wait: the process has one thread, which isolates batches.
  atomically(run) {
    this.#journal = [];
    let keep = false;
    try {
      keep = run();
    } finally {
      const journal = this.#journal;
      this.#journal = null;
      if (!keep) this.#undo(journal);
    }
    return keep;
  }

  #undo(journal) {
    for (const [id, before] of journal.reverse()) {
      if (this.document(id).read()) super.delete(id);
      if (before) super._set(before);
    }
  }

  #note(id) {
    if (this.#journal) this.#journal.push([id, this.document(id).read()]);
  }

  // The rest overrides the package, which calls these for every change.

  delete(id) {
    this.#note(id);
    super.delete(id);
  }

  // Etags of the service are quoted, and another one after every write.
  _set(data) {
    this.#note(data.id);
    data._etag = this.#container.nextETag();
    data._attachments = "attachments/";
    return super._set(data);
  }

  // Resource ids are unique in the container, not only in the partition.
  _rid() {
    return super._rid(this.#container.nextDocument());
  }

  // There is one partition here, so its key is left out; and unlike the package
  // this tells 1 from "1" in unique keys.
  _getId(keyPath, value) {
    return JSON.stringify([keyPath, value]);
  }

  // The package falls back on resource ids, so that an id that looks like one
  // would find another document.
  _toRid(keyPath, value) {
    return this._index.get(this._getId(keyPath, value));
  }
}

module.exports = { Partition };
