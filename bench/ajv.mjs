// SPDX-License-Identifier: Apache-2.0

// Validates every manifest below a folder with ajv and js-yaml in one process:
//
//   node ajv.mjs SCHEMAS FOLDER
//
// prints [{file, message}, ...] for the files that do not match the schema of
// their kind, and exits with 1 if there are any.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import yaml from 'js-yaml';

const [schemas, folder] = process.argv.slice(2);
const ajv = new Ajv({ allErrors: true, strict: false });
const validators = new Map(); // kind -> compiled schema

function validatorOf(kind) {
  if (!validators.has(kind)) {
    const file = join(schemas, `${String(kind).toLowerCase()}.schema.json`);
    validators.set(kind, ajv.compile(JSON.parse(readFileSync(file, 'utf8'))));
  }
  return validators.get(kind);
}

function objection(file) {
  try {
    const manifest = yaml.load(readFileSync(file, 'utf8'));
    const validate = validatorOf(manifest.kind);
    return validate(manifest) ? '' : ajv.errorsText(validate.errors);
  } catch (error) {
    return error.message;
  }
}

const flagged = [];
for (const name of readdirSync(folder, { recursive: true })) {
  if (name.endsWith('.yaml')) {
    const file = join(folder, name);
    const message = objection(file);
    if (message) flagged.push({ file, message });
  }
}
console.log(JSON.stringify(flagged));
process.exitCode = flagged.length > 0 ? 1 : 0;
