// SPDX-License-Identifier: Apache-2.0
"use strict";

// What a query is made of. The package parses and evaluates; which queries one
// partition may answer alone is ours.

const aggregates = require("@zeit/cosmosdb-query/lib/aggregate-functions");
const { default: parse, SyntaxError: BadSyntax } = require("@zeit/cosmosdb-query");

const { Refused } = require("./answers");

// The words of clauses that need all rows at once and that the package does not
// parse. LIKE needs one row only, but is not parsed either.
const WIDE_WORDS = /(?<![.\w@])(?:DISTINCT|GROUP\s+BY|OFFSET)\b/i;
const UNKNOWN_WORDS = /(?<![.\w@])LIKE\b/i;
const LITERALS = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|--[^\n]*/g;

const CHUNK = 256; // rows: the package's evaluator copies its result for each row
const KEPT = 256; // plans

// Plans parses each text once.
class Plans {
  #plans = new Map();

  of(text) {
    let plan = this.#plans.get(text);
    if (!plan) {
      plan = new Plan(text);
      if (this.#plans.size >= KEPT) this.#plans.delete(this.#plans.keys().next().value);
      this.#plans.set(text, plan);
    }
    return plan;
  }
}

class Plan {
  #query;
  wide; // it needs all rows at once, so partitions cannot answer for themselves

  constructor(text) {
    const words = text.replace(LITERALS, "''");
    this.wide = WIDE_WORDS.test(words);
    this.known = !this.wide && !UNKNOWN_WORDS.test(words);
    if (!this.known) return;
    try {
      this.#query = parse(text);
    } catch (err) {
      if (err instanceof BadSyntax) throw new Refused(400, `Syntax error: ${err.message}`);
      throw err;
    }
    const { top, orderBy, select } = this.#query.ast.body;
    this.wide = Boolean(top) || Boolean(orderBy) || hasAggregate(select);
  }

  // rows evaluates the query on documents.
  rows(documents, parameters, compositeIndexes) {
    if (!this.known) throw new Refused(501, "The query has a clause that this front does not evaluate.");
    const step = this.wide ? Math.max(documents.length, 1) : CHUNK;
    const rows = [];
    for (let at = 0; at < Math.max(documents.length, 1); at += step) {
      rows.push(...this.#rows(documents.slice(at, at + step), parameters, compositeIndexes));
    }
    return rows;
  }

  #rows(documents, parameters, compositeIndexes) {
    try {
      return this.#query.exec(documents, { parameters, compositeIndexes }).result;
    } catch (err) {
      throw new Refused(400, `The query cannot be evaluated: ${err.message}`);
    }
  }
}

// hasAggregate does not look into subqueries: they have rows of their own.
function hasAggregate(node) {
  if (typeof node !== "object" || node === null || /_subquery_expression$/.test(node.type)) return false;
  if (node.type === "scalar_function_expression" && !node.udf && Object.hasOwn(aggregates, node.name.name.toUpperCase())) {
    return true;
  }
  return Object.values(node).some(hasAggregate);
}

module.exports = { Plans };
