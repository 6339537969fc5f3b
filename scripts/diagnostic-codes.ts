/** Every diagnostic code in the sources with its summary: the calls that make one, and the tables of the inventory. */
import ts from 'typescript';

export interface CodeEntry {
  readonly code: string;
  /** One, by the rule of fixed summaries; the test for it is in test/docs.test.ts. */
  readonly summaries: readonly string[];
  readonly severities: readonly string[];
  readonly files: readonly string[];
}

const severities = new Set(['error', 'warning', 'note']);
/** The area is often the name of a kind: `volumeGroup`. */
const shape = /^[a-z]+([A-Z][a-z]+)*(-[a-z]+)*\/[a-z]+(-[a-z]+)*$/;

export function diagnosticCodes(texts: ReadonlyMap<string, string>): readonly CodeEntry[] {
  const found = [...texts].flatMap(([path, text]) => codesIn(path, text));
  const codes = [...new Set(found.map(({ code }) => code))].sort();
  return codes.map((code) => {
    const own = found.filter((one) => one.code === code);
    const all = (pick: (one: Found) => string): string[] => [...new Set(own.map(pick))].sort();
    return {
      code,
      summaries: all(({ summary }) => summary),
      severities: all(({ severity }) => severity),
      files: all(({ path }) => path),
    };
  });
}

interface Found {
  readonly code: string;
  readonly summary: string;
  readonly severity: string;
  readonly path: string;
}

function codesIn(path: string, text: string): Found[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const constants = new Map<string, string>();
  const found: Found[] = [];
  const textOf = (node: ts.Node | undefined): string | undefined => {
    if (node === undefined) return undefined;
    return ts.isStringLiteralLike(node) ? node.text : ts.isIdentifier(node) ? constants.get(node.text) : undefined;
  };
  const add = (code: ts.Node | undefined, summary: ts.Node | undefined, severity: string): void => {
    const [codeText, summaryText] = [textOf(code), textOf(summary)];
    if (codeText !== undefined && shape.test(codeText) && summaryText !== undefined)
      found.push({ code: codeText, summary: summaryText, severity, path });
  };
  const visit = (node: ts.Node): void => {
    if (
      ts.isVariableDeclaration(node) &&
      ts.isIdentifier(node.name) &&
      node.initializer !== undefined &&
      ts.isStringLiteralLike(node.initializer)
    ) {
      constants.set(node.name.text, node.initializer.text);
    }
    if (ts.isCallExpression(node)) {
      const name = node.expression.getText();
      add(node.arguments[0], node.arguments[1], severities.has(name) ? name : 'error');
    }
    // `const errors = { 'inventory/syntax': 'Not valid YAML' }`.
    if (ts.isPropertyAssignment(node) && ts.isStringLiteral(node.name))
      add(node.name, node.initializer, tableSeverity(node));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function tableSeverity(node: ts.Node): string {
  const table = ts.findAncestor(node, ts.isVariableDeclaration)?.name.getText() ?? '';
  return table === 'warnings' ? 'warning' : table === 'notes' ? 'note' : 'error';
}
