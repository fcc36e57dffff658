// SPDX-License-Identifier: Apache-2.0
// Renders Markdown as GitHub does, near enough for a picture: its style sheet,
// its dialect, and Mermaid. Usage: node render.mjs PAGE.md PAGE.html
import {readFileSync, writeFileSync} from "node:fs";
import {createRequire} from "node:module";
import {marked} from "marked";

const require = createRequire(import.meta.url);
const style = readFileSync(require.resolve("github-markdown-css/github-markdown-light.css"), "utf8");
const mermaid = readFileSync(require.resolve("mermaid/dist/mermaid.min.js"), "utf8").replaceAll("</script", "<\\/script");
const [input, output] = process.argv.slice(2);

const renderer = new marked.Renderer();
const code = renderer.code.bind(renderer);
const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
renderer.code = (token) => token.lang === "mermaid" ? `<pre class="mermaid">${escape(token.text)}</pre>` : code(token);

const body = marked.parse(readFileSync(input, "utf8"), {gfm: true, renderer});
writeFileSync(output, `<!doctype html><meta charset="utf-8"><style>${style}
body { margin: 0; padding: 24px; background: #fff; font-family: "Noto Sans", "DejaVu Sans", sans-serif; }
pre.mermaid { background: #fff; text-align: center; }</style>
<article class="markdown-body">${body}</article>
<script>${mermaid}</script>
<script>mermaid.initialize({startOnLoad: true, securityLevel: "strict"});</script>
`);
