/**
 * The white lists of safety.md 4.3: every sort of text that an inventory may hold. A list is exact on purpose: what it
 * lets through is harmless in a shell word, a `.res` file and an xl configuration. `patternErrorMessage` says the list
 * to people, here and in editors.
 */

/** RFC 1123 label. It has to equal `uname -n`, because DRBD's `on NAME` does. */
export const hostName = {
  type: 'string',
  pattern: '^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$',
  patternErrorMessage: 'a host name: letters, digits and hyphens inside, at most 63, no dots',
} as const;

export const siteName = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$',
  patternErrorMessage: 'a name: letters, digits and _ . -, at most 64, beginning with a letter or digit',
} as const;

/** lvm(8) and `lib/misc/lvm-string.c`: 127 characters at most. */
export const groupName = {
  type: 'string',
  pattern: '^(?!\\.{1,2}$)[A-Za-z0-9_+.][A-Za-z0-9_+.-]{0,126}$',
  patternErrorMessage: 'a volume group name: letters, digits and _ + . -, at most 127, not beginning with a hyphen',
} as const;

/** As a volume group, without the words that LVM keeps for itself. */
export const volumeName = {
  type: 'string',
  pattern:
    '^(?!\\.{1,2}$)(?!snapshot|pvmove)' +
    '(?!.*_(cdata|cmeta|corig|cpool|cvol|wcorig|mimage|mlog|rimage|rmeta|tdata|tmeta|vdata|imeta|iorig|pmspare|vorigin))' +
    '[A-Za-z0-9_+.][A-Za-z0-9_+.-]{0,126}$',
  patternErrorMessage:
    'a logical volume name: letters, digits and _ + . -, at most 127, not beginning with a hyphen; ' +
    'not one of LVM’s own (beginning with snapshot or pvmove, or with a part like _cdata, _mimage, _rmeta, _tmeta)',
} as const;

/** It is the name of an NBD export, of a unit, and of a device in `/dev` (safety.md 4.3). */
export const exportName = {
  type: 'string',
  pattern: '^(?!.*\\.\\.)[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$',
  patternErrorMessage: 'a name: letters, digits and _ . -, at most 64, beginning with a letter or digit, no `..`',
} as const;

/** mdadm takes a number, `md7` and `md_d7` for the number of a device (`mdopen.c`); a name has 32 characters at most (safety.md 4.3). */
export const arrayName = {
  type: 'string',
  pattern: '^(?!(md_?)?d?[0-9]+$)(?!.*\\.\\.)[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$',
  patternErrorMessage:
    'the name of an array: letters, digits and _ . -, at most 32, beginning with a letter or digit, no `..`, no mere number and nothing like md7',
} as const;

/** RFC 7143, 4.2.7: reversed domain name of whoever gives the names. What sanctl adds behind it stays below 223 characters. */
export const iqnPrefix = {
  type: 'string',
  pattern: '^(?=.{1,80}$)iqn\\.[0-9]{4}-(0[1-9]|1[0-2])\\.[a-z0-9][a-z0-9-]*(\\.[a-z0-9][a-z0-9-]*)+$',
  patternErrorMessage:
    'the beginning of iSCSI names such as iqn.2026-01.org.example, in lower case, at most 80 characters',
} as const;

/** It stands in a LIO attribute and in a record of open-iscsi. */
export const chapUser = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$',
  patternErrorMessage: 'a CHAP user: letters, digits and _ . : -, at most 128, beginning with a letter or digit',
} as const;

/** `--` is what `xl` puts before `incoming` and `migratedaway` (X10); Domain-0 is the host itself. */
export const domainName = {
  type: 'string',
  pattern: '^(?!.*--)(?!Domain-0$)[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$',
  patternErrorMessage:
    'a domain name: letters, digits and _ . -, at most 64, beginning with a letter or digit, no double hyphen, not Domain-0',
} as const;

/** Names that begin with `inline.` belong to secrets that are described where they are used. */
export const secretName = {
  type: 'string',
  pattern: '^(?!inline\\.)[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$',
  patternErrorMessage: 'the name of a secret: letters, digits and _ . -, at most 64, not beginning with `inline.`',
} as const;

/** It stands in names of units, in tags and names of volumes. */
export const policyName = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,15}$',
  patternErrorMessage: 'the name of a policy: letters, digits and _ -, at most 16, beginning with a letter or digit',
} as const;

const day = '(Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const days = `${day}(\\.\\.${day})?`;
const hour = '([01][0-9]|2[0-3])';

/** systemd.time(7), of which only what nobody has to look up: kinds/snapshot/calendar.ts reads the same. */
export const calendar = {
  type: 'string',
  pattern: `^(hourly|daily|weekly|(${days}(,${days})* )?(\\*|${hour}(,${hour})*|${hour}/([1-9]|1[0-9]|2[0-3])):[0-5][0-9])$`,
  patternErrorMessage:
    'hourly, daily, weekly, or a time such as 03:00, 00/6:30 (every six hours), *:15 (every hour) or Mon..Fri,Sun 03:00',
} as const;

export const devicePath = {
  type: 'string',
  pattern: '^(?!.*(\\.\\.|//))/dev/[A-Za-z0-9_+./:-]+$',
  patternErrorMessage: 'a device path: /dev/ and letters, digits and _ + . / : -, without `..` and `//`',
} as const;

/** A file on a node; it stands in the xl configuration. */
export const nodePath = {
  type: 'string',
  pattern: '^(?!.*(\\.\\.|//))/[A-Za-z0-9_+./:@=-]{1,511}$',
  patternErrorMessage: 'an absolute path: letters, digits and _ + . / : @ = -, without `..` and `//`',
} as const;

/** A file on this machine, read by sanctl or OpenSSH, never part of a shell word. */
export const localPath = {
  type: 'string',
  pattern: '^[A-Za-z0-9_./~][A-Za-z0-9_+./:@=,~ -]{0,511}$',
  patternErrorMessage: 'a path on this machine: letters, digits, spaces and _ + . / : @ = , ~ -, at most 512',
} as const;

/** IPv4 or IPv6; the format asks Node's own parser. */
export const address = {
  type: 'string',
  pattern: '^[0-9A-Fa-f:.]+$',
  patternErrorMessage: 'an IP address',
  format: 'ip',
} as const;

/** What ssh is told: a name, an alias of `~/.ssh/config`, or an address. */
export const sshHost = {
  type: 'string',
  pattern: '^[A-Za-z0-9_:][A-Za-z0-9_.:-]{0,252}$',
  patternErrorMessage: 'a host name, an alias of ~/.ssh/config or an address: letters, digits and _ . : -',
} as const;

export const sshJump = {
  type: 'string',
  pattern: '^[A-Za-z0-9_\\[][A-Za-z0-9_.:@,\\[\\]-]{0,511}$',
  patternErrorMessage: 'jump hosts as ssh -J takes them: [user@]host[:port], separated by commas',
} as const;

export const userName = {
  type: 'string',
  pattern: '^[A-Za-z_][A-Za-z0-9_.-]{0,31}$',
  patternErrorMessage: 'a user name: letters, digits and _ . -, at most 32, beginning with a letter',
} as const;

/** An interface name: 15 characters at most (IFNAMSIZ). */
export const bridgeName = {
  type: 'string',
  pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$',
  patternErrorMessage: 'the name of a bridge: letters, digits and _ . -, at most 15',
} as const;

/** The second digit is even: an odd one is a multicast address, which no card may have. */
export const macAddress = {
  type: 'string',
  pattern: '^(?!00:00:00:00:00:00)[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$',
  patternErrorMessage: 'a MAC address such as 00:16:3e:00:00:50, not a multicast one',
} as const;

export const uuid = {
  type: 'string',
  pattern: '^(?!0{8}-)[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$',
  patternErrorMessage: 'a uuid such as 6ba7b810-9dad-41d1-80b4-00c04fd430c8',
} as const;

export const guestDevice = {
  type: 'string',
  pattern: '^(xvd[a-z]{1,2}([1-9][0-9]?)?|hd[a-d]|sd[a-p])$',
  patternErrorMessage: 'a disk as the guest sees it: xvda, xvdb1, hda or sda',
} as const;

/** It stands between double quotes in the xl configuration: no quote, backslash, dollar or backquote. */
export const kernelCommandLine = {
  type: 'string',
  pattern: '^[A-Za-z0-9_./][A-Za-z0-9 _.,:=/@+*()\\[\\]-]{0,1023}$',
  patternErrorMessage: 'a kernel command line: letters, digits, spaces and _ . , : = / @ + * ( ) [ ] -, no quotes',
} as const;

export const environmentVariable = {
  type: 'string',
  pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$',
  patternErrorMessage: 'the name of an environment variable',
} as const;

/** A word of a command that runs on this machine without a shell: anything that can be read. */
export const commandWord = {
  type: 'string',
  pattern: '^[^\\p{C}]{1,1024}$',
  patternErrorMessage: 'a word of at most 1024 characters, without control characters',
} as const;

/** It becomes the type of a resource, and the agent is a program of that name. */
/** An address and the length of its network. The address itself is looked at by the check of all addresses. */
export const addressWithPrefix = {
  type: 'string',
  pattern: '^((25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(25[0-5]|2[0-4]\\d|1?\\d?\\d)/([89]|[12]\\d|3[0-2])$',
  patternErrorMessage: 'an IPv4 address and the length of its network, such as 192.0.2.50/24',
} as const;

/** systemd.unit(5): no templates without an instance, no escapes. */
export const systemdService = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}(@[A-Za-z0-9_.-]{1,32})?\\.service$',
  patternErrorMessage: 'a unit of systemd such as dovecot.service: letters, digits and _ . - @',
} as const;

/** What the kernel lets a network device be called, and no file mistakes. */
export const networkDevice = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$',
  patternErrorMessage: 'a network device such as eth1: letters, digits and _ . -, at most 15',
} as const;

export const fenceAgent = {
  type: 'string',
  pattern: '^fence_[a-z0-9_]{1,58}$',
  patternErrorMessage: 'a fence agent such as fence_ipmilan',
} as const;

export const fenceOptionName = {
  type: 'string',
  pattern: '^(?!pcmk_)[a-z][a-z0-9_]{0,63}$',
  patternErrorMessage:
    'an option of a fence agent: lower-case letters, digits and _; those of Pacemaker (pcmk_…) are sanctl’s',
} as const;

/** Pacemaker hands it to the agent as one line of its input. */
export const fenceOption = {
  type: ['string', 'integer', 'boolean'],
  pattern: '^[A-Za-z0-9_./:@,=+-]{1,255}$',
  patternErrorMessage: 'letters, digits and _ . / : @ , = + -, at most 255',
} as const;

/** It stands behind a colon in `pcmk_host_map`, which separates by `;`, blanks and `,`. */
export const fencePlug = {
  type: 'string',
  pattern: '^[A-Za-z0-9_./-]{1,63}$',
  patternErrorMessage: 'an outlet, in quotes: letters, digits and _ . / -',
} as const;

export const alertRecipient = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.@+-]{0,253}$',
  patternErrorMessage: 'an address or a name: letters, digits and _ . @ + -',
} as const;
