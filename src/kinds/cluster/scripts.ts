/**
 * What is asked of, and told to, Pacemaker on a node. Both put sanctl’s part of the configuration into a copy of what is there, by
 * Pacemaker’s own tools; one shows what would change and what the cluster would do then, the other commits it. Pure.
 */
import type { Command, Run } from '../../shell/command.ts';
import { allMatches } from '../force.ts';
import type { Site } from '../site.ts';
import { configuration } from './configuration.ts';
import { ours } from './edits.ts';
import { xmlText } from './xml.ts';

/** Pacemaker’s tools work on files: in memory, for as long as it takes, and gone when the line is lost. */
export const inFolder = `umask 077
command -v cibadmin crm_verify crm_simulate crm_diff crm_resource >/dev/null || exit 127
folder=$(mktemp -d /run/sanctl-cluster.XXXXXX) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
cd "$folder" || exit 1
`;

/** What the cluster would do by a configuration in a file: from `Transition Summary:` to the empty line after it. */
export const summary = `summary() {
  crm_simulate --simulate --xml-file "$1" >simulated || return
  sed -n '/^Transition Summary:$/,/^$/p' simulated
}
`;

/**
 * P10: what `composed` makes of the configuration and state that are there now goes in as one change of exactly those; after a
 * change of the state alone (103: `Update was older`) it is composed anew.
 */
export function committed(composed: string, before = ''): string {
  return `for try in 1 2 3 4 5 6 7 8; do
${composed}  crm_diff --original now.xml --new then.xml >patch.xml
  [ $? -le 1 ] || exit 1
${before}  cibadmin --patch --xml-file patch.xml
  code=$?
  [ $code -eq 103 ] || exit $code
  sleep 1
done
exit 103
`;
}

/** `validate-with="none"` while what others refer to is taken out and put in again. */
const compose = `${inFolder}cat >wish.xml
compose() {
  cibadmin --query >now.xml || return
  schema=$(sed -n '1s/.* \\(validate-with="[^"]*"\\).*/\\1/p' now.xml)
  [ -n "$schema" ] || return 1
  sed '1s/ validate-with="[^"]*"/ validate-with="none"/' now.xml >then.xml || return
  CIB_file=then.xml cibadmin --delete-all ${allMatches} --xpath "$1" >/dev/null || return
  CIB_file=then.xml cibadmin --modify --allow-create --scope configuration --xml-file wish.xml >/dev/null || return
  sed -i "1s/ validate-with=\\"none\\"/ $schema/" then.xml
}
`;

const marks = ['cib', 'diff', 'verify', 'simulate', 'end'] as const;
export const markOf = (mark: (typeof marks)[number]): string => `== sanctl ${mark}`;

const look = `${compose}compose "$1" || exit
echo '${markOf('cib')}'
head -n 1 now.xml
echo '${markOf('diff')}'
crm_diff --original now.xml --new then.xml
[ $? -le 1 ] || exit 1
echo '${markOf('verify')}'
crm_verify -V -x then.xml 2>&1
code=$?
echo "exit $code"
echo '${markOf('simulate')}'
crm_simulate --simulate --xml-file then.xml || [ $code -ne 0 ] || exit 1
echo '${markOf('end')}'
`;

/** P10: against the epoch that was read. */
const composed = `  compose "$1" || exit
  if ! head -n 1 now.xml | grep -q -- "$2"; then
    echo 'somebody else has changed the configuration of the cluster meanwhile' >&2
    exit 1
  fi
  crm_verify -V -x then.xml >verify 2>&1
  case $? in 0) ;; *) cat verify >&2; grep -q '^crm_verify: Warnings ' verify || exit 1 ;; esac
`;

/** What it had is kept by its epoch. */
const kept = `  epoch=$(sed -n '1s/.* epoch="\\([0-9]*\\)".* admin_epoch="\\([0-9]*\\)".*/\\2.\\1/p' now.xml)
  mkdir -p /var/lib/sanctl && cp now.xml "/var/lib/sanctl/cluster.before-\${epoch:-unknown}.xml" || exit
`;

const commit = `${compose}${committed(composed, kept)}`;

export function lookCommand(site: Site): Command {
  return { argv: ['sh', '-c', look, 'sh', ours(site)], ...wish(site) };
}

/** \`seen\`: a basic regular expression that the first line of the configuration must match. */
export function commitRun(site: Site, seen: string): Run {
  return { do: 'run', command: { argv: ['sh', '-c', commit, 'sh', ours(site), seen], ...wish(site) } };
}

function wish(site: Site): Pick<Command, 'stdin'> {
  return site.cluster === undefined ? {} : { stdin: xmlText(configuration(site, site.cluster)) };
}
