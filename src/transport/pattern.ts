/** Host patterns of OpenSSH (ssh_config(5), PATTERNS): `*` and `?`, a list of them, and `!` before one that excludes. */

/** True when one pattern matches and none that is negated does. Patterns are read in lower case, the name is taken as it is. */
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  const excluded = patterns.some((one) => one.startsWith('!') && matches(one.slice(1), name));
  return !excluded && patterns.some((one) => !one.startsWith('!') && matches(one, name));
}

/** Without backtracking over more than the last star, so that no pattern can take long. */
function matches(pattern: string, name: string): boolean {
  const want = pattern.toLowerCase();
  let [at, star, tried] = [0, -1, 0];
  for (let index = 0; index < name.length; ) {
    if (want[at] === '*') {
      star = at++;
      tried = index;
    } else if (want[at] === '?' || (at < want.length && want[at] === name[index])) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++tried;
    } else {
      return false;
    }
  }
  return /^\**$/.test(want.slice(at));
}
