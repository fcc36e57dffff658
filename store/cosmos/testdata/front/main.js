// SPDX-License-Identifier: Apache-2.0
"use strict";

// Listens, prints one line of JSON when it is ready, and ends on SIGTERM, on
// SIGINT, or when its standard input closes: so it never outlives who started
// it, however that one ended.

const { listen } = require("./server");

async function main() {
  const { server, url } = await listen();
  const end = () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  process.stdin.once("close", end);
  process.stdin.once("error", end);
  process.stdin.resume();
  process.stdout.write(`${JSON.stringify({ url })}\n`);
}

main().catch((err) => {
  process.stderr.write(`${err.stack}\n`);
  process.exitCode = 1;
});
