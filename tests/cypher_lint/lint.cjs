// Reads [{name, text, parameters: [name], statements}] from standard input, writes [{name, line, message}] to standard
// output. `statements`: how many statements and commands of Neo4j Browser the text is to be; without it, one query.
const { readFileSync } = require("node:fs");
const { lintCypherQuery, parseStatementsStrs } = require("@neo4j-cypher/language-support");

const findings = JSON.parse(readFileSync(0, "utf8")).flatMap(({ name, text, parameters, statements }) => {
  const schema = { parameters: Object.fromEntries(parameters.map((parameter) => [parameter, {}])) };
  const { diagnostics } = lintCypherQuery(statements ? text : `CYPHER 5 ${text}`, schema, true);
  const found = diagnostics.map(({ range, message }) => ({ name, line: range.start.line + 1, message }));
  const count = parseStatementsStrs(text).length;
  return statements && count !== statements ? [...found, { name, line: 1, message: `${count} statements` }] : found;
});
process.stdout.write(JSON.stringify(findings));
