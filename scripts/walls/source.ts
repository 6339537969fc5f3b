/** A source file as the walls see it: its imports, the names it uses, the strings it holds. */
import { posix } from 'node:path';
import ts from 'typescript';

export interface Breach {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly what: string;
}

export interface Import {
  /** A path from the root for our own files, else the name of the package or `node:` module. */
  readonly target: string;
  readonly own: boolean;
  /** Leaves nothing behind when the program runs. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/** Something in the text and where: `process.exit`, `--force`. */
export interface Mark {
  readonly text: string;
  readonly line: number;
}

export interface Source {
  readonly path: string;
  readonly imports: readonly Import[];
  /** Global names and the property chains on them, as written: `process.stdout.write`, `fetch`. */
  readonly names: readonly Mark[];
  /** Every string and every constant part of a template, with the first word of the array or call it stands in. */
  readonly strings: readonly (Mark & { readonly program: string | undefined })[];
}

export function parseSource(path: string, text: string): Source {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const imports: Import[] = [];
  const names: Mark[] = [];
  const strings: (Mark & { program: string | undefined })[] = [];
  const line = (node: ts.Node): number => file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
  const visit = (node: ts.Node): void => {
    const found = importOf(node);
    if (found !== undefined) imports.push({ ...resolve(path, found.from), typeOnly: found.typeOnly, line: line(node) });
    const chain = chainOf(node);
    if (chain !== undefined) names.push({ text: chain, line: line(node) });
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      strings.push({ text: node.text, line: line(node), program: programOf(node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { path, imports, names, strings };
}

function importOf(node: ts.Node): { from: string; typeOnly: boolean } | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return { from: node.moduleSpecifier.text, typeOnly: onlyTypes(node.importClause) };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
    return { from: node.moduleSpecifier.text, typeOnly: node.isTypeOnly };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    const from = argument !== undefined && ts.isStringLiteralLike(argument) ? argument.text : '(computed)';
    return { from, typeOnly: false };
  }
  return undefined;
}

function onlyTypes(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  if (clause.name !== undefined || bindings === undefined || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

function resolve(path: string, from: string): Pick<Import, 'target' | 'own'> {
  if (from.startsWith('.')) return { target: posix.join(posix.dirname(path), from), own: true };
  if (from.startsWith('node:')) return { target: from, own: false };
  const parts = from.split('/');
  return { target: parts.slice(0, from.startsWith('@') ? 2 : 1).join('/'), own: false };
}

/** The longest chain `a.b.c`, and a bare name that is neither declared here as a property nor part of a longer chain. */
function chainOf(node: ts.Node): string | undefined {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(node)) {
    if (ts.isPropertyAccessExpression(parent) && parent.expression === node) return undefined;
    return node.getText().replaceAll(/\s|\?/g, '');
  }
  if (
    !ts.isIdentifier(node) ||
    parent === undefined ||
    !ts.isExpression(parent) ||
    ts.isPropertyAccessExpression(parent)
  )
    return undefined;
  return ts.isPropertyAssignment(parent) ? undefined : node.text;
}

function programOf(node: ts.Node): string | undefined {
  const list = ts.isArrayLiteralExpression(node.parent)
    ? node.parent.elements
    : ts.isCallExpression(node.parent)
      ? node.parent.arguments
      : [];
  const [first] = list;
  return first !== undefined && ts.isStringLiteralLike(first) ? first.text : undefined;
}
