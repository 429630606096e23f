// Reads [{name, text, parameters: [name]}] from standard input, writes [{name, line, message}] to standard output.
const { readFileSync } = require("node:fs");
const { lintCypherQuery } = require("@neo4j-cypher/language-support");

const findings = JSON.parse(readFileSync(0, "utf8")).flatMap(({ name, text, parameters }) => {
  const schema = { parameters: Object.fromEntries(parameters.map((parameter) => [parameter, {}])) };
  const { diagnostics } = lintCypherQuery(`CYPHER 5 ${text}`, schema);
  return diagnostics.map(({ range, message }) => ({ name, line: range.start.line + 1, message }));
});
process.stdout.write(JSON.stringify(findings));
