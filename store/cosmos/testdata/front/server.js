// SPDX-License-Identifier: Apache-2.0
"use strict";

// From request to answer.

const http = require("node:http");

const { Account } = require("./account");
const { Refused, refusal } = require("./answers");
const { Faults } = require("./faults");
const { MAX_REQUEST } = require("./limits");
const { Pages } = require("./pages");
const { Plans } = require("./plan");
const { route } = require("./routes");
const { token } = require("./session");

class Front {
  #account;
  #requests = 0;
  #faults = new Faults();
  #pages = new Pages();
  #plans = new Plans();

  constructor(address, port) {
    this.#account = new Account(address, port, `http://${address}:${port}`);
  }

  async serve(request, response) {
    const body = await readAll(request);
    const call = {
      account: this.#account,
      faults: this.#faults,
      pages: this.#pages,
      plans: this.#plans,
      method: request.method,
      headers: request.headers,
      json: () => parseJson(body),
    };
    let fault;
    let answer;
    try {
      const [path, search] = request.url.split("?"); // not URL, which would resolve an id ".."
      const { handler, params, items } = route(request.method, path);
      Object.assign(call, { params, search: new URLSearchParams(search) });
      fault = items ? this.#faults.take(params.database) : undefined;
      if (!fault || fault.after) answer = this.#handle(call, handler, items, body);
    } catch (err) {
      answer = toAnswer(err);
    }
    if (fault?.cut) {
      request.socket.destroy();
      return;
    }
    this.#send(response, fault?.answer ?? answer, call.container);
  }

  #handle(call, handler, items, body) {
    try {
      if (body === null) throw new Refused(413, `The request has more than ${MAX_REQUEST} bytes.`);
      if (items) call.container = this.#account.container(call.params.database, call.params.container);
      return handler(call);
    } catch (err) {
      return toAnswer(err);
    }
  }

  #send(response, { status, body, headers }, container) {
    this.#requests += 1;
    const content = encode(body);
    const hasContent = status !== 204 && status !== 304; // RFC 9110, section 8.6: no length either
    response.writeHead(status, {
      ...(hasContent && { "content-type": "application/json", "content-length": content.length }),
      "x-ms-activity-id": `00000000-0000-4000-8000-${this.#requests.toString(16).padStart(12, "0")}`,
      "x-ms-request-charge": "1",
      "x-ms-session-token": token(container?.lsn ?? this.#account.writes),
      ...headers,
    });
    response.end(content);
  }
}

function encode(body) {
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
}

function parseJson(body) {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new Refused(400, "The body is no JSON.");
  }
}

function toAnswer(err) {
  if (err instanceof Refused) return err.answer;
  process.stderr.write(`${err.stack}\n`);
  return refusal(500, err.message);
}

// readAll returns the whole body, or null if it is too large. It is read to its
// end in any case, so that the connection can be used again.
async function readAll(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= MAX_REQUEST) chunks.push(chunk);
  }
  return bytes > MAX_REQUEST ? null : Buffer.concat(chunks);
}

// listen returns a server on a free port of the loopback, and its URL.
function listen() {
  const address = "127.0.0.1";
  let front;
  const server = http.createServer((request, response) => {
    front.serve(request, response).catch(() => request.socket.destroy()); // the client went away
  });
  server.keepAliveTimeout = 0; // for ever: a client never meets a connection that is just being closed
  server.requestTimeout = 0;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, address, () => {
      const { port } = server.address();
      front = new Front(address, port);
      resolve({ server, url: `http://${address}:${port}` });
    });
  });
}

module.exports = { listen };
