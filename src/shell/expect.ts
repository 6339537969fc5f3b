/** What an Expectation means, in TypeScript and in shell. A property test holds one against the other. */
import type { Expectation } from './command.ts';
import { quote } from './quote.ts';

/** Whether an answer is as expected. */
export function holds(expect: Expectation, answer: { readonly code: number; readonly stdout: string }): boolean {
  if ('exit' in expect) return answer.code === expect.exit;
  if (answer.code !== 0) return false;
  if ('stdout' in expect) return trim(answer.stdout) === trim(expect.stdout);
  const lines = answer.stdout.replace(/\n+$/, '').split('\n');
  const found = (pattern: string): boolean => lines.some((line) => new RegExp(pattern).test(line));
  return 'matches' in expect ? found(expect.matches) : !found(expect.lacks);
}

/** A regular expression of exactly this text, which holds no other sign than the white-listed `.` and `+`. */
export function literal(text: string): string {
  return text.replace(/[.+]/g, '[$&]');
}

/** The white space of the C locale. */
function trim(text: string): string {
  return text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
}

/** The two words by which `_holds` below knows an Expectation. */
export function expectationWords(expect: Expectation): string {
  if ('exit' in expect) return `exit ${expect.exit}`;
  if ('stdout' in expect) return `stdout ${quote(trim(expect.stdout))}`;
  return 'matches' in expect ? `matches ${quote(expect.matches)}` : `lacks ${quote(expect.lacks)}`;
}

/** An Expectation for people. */
export function expectationText(expect: Expectation): string {
  if ('exit' in expect) return `exit ${expect.exit}`;
  if ('stdout' in expect) return expect.stdout === '' ? 'prints nothing' : `prints ${JSON.stringify(expect.stdout)}`;
  return 'matches' in expect ? `prints a line like ${expect.matches}` : `prints no line like ${expect.lacks}`;
}

/** `_holds exit|stdout|matches|lacks WANT` over `_answer` and `_code`. A pattern that grep cannot read holds never. */
export const holdsText = `_holds() {
  [ "$1" != exit ] || { [ "$_code" -eq "$2" ]; return; }
  [ "$_code" -eq 0 ] || return 1
  case $1 in
    stdout)
      _bare=\${_answer#"\${_answer%%[![:space:]]*}"}
      [ "\${_bare%"\${_bare##*[![:space:]]}"}" = "$2" ] ;;
    matches) printf '%s\\n' "$_answer" | grep -aEq -e "$2" ;;
    lacks) printf '%s\\n' "$_answer" | grep -aEq -e "$2"; [ $? -eq 1 ] ;;
    *) return 1 ;;
  esac
}
`;
