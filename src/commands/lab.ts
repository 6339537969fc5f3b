/** `sanctl lab …`: real Xen hosts on this machine. */
import { type ExitCode, exitCode, type Result } from '../diagnostic.ts';
import type { LabEvent, LinkState } from '../lab/index.ts';
import type { Session } from '../session/program.ts';
import type { LabView } from '../view/lab.ts';

/** Of the networks between the hosts. */
const only = 'data or second: on this network only; default: on both';

type Lab = typeof import('../lab/index.ts');

export function labVerb(session: Session): void {
  const lab = session.program
    .command('lab')
    .description('real Xen hosts with real DRBD on this machine, by emulation')
    .helpGroup('Lab:')
    .helpCommand('help [COMMAND]', 'print the help of a command');
  lab
    .command('up')
    .description('start the lab; the first time it builds the image')
    .option('--nodes <N>', 'how many hosts, 1 to 8; default: 2', Number)
    .option('--ipmi', 'with a power switch for each, for fence_ipmilan')
    .action((options) => up(session, options));
  lab
    .command('down')
    .description('end it and remove its files; the image stays')
    .action(() => simple(session, (lab) => lab.down()));
  lab
    .command('reset')
    .description('freshly booted hosts again, disks included, in seconds')
    .action(() => simple(session, (lab, onEvent) => lab.reset({ onEvent })));
  lab
    .command('status')
    .description('which hosts are on, how to reach them, which links are not healthy')
    .option('--json', 'print one line of JSON')
    .action((options) => status(session, options));
  lab
    .command('ssh')
    .description('a shell on a host, or one command there')
    .argument('<NODE>')
    .argument('[COMMAND...]')
    .allowUnknownOption()
    .action((node, words) => ssh(session, node, words));
  lab
    .command('cut')
    .description('cut the link between two hosts')
    .argument('<A>')
    .argument('<B>')
    .option('--segment <NAME>', only)
    .action((a, b, where) => links(session, (lab) => lab.cut(a, b, where)));
  lab
    .command('heal')
    .description('heal the link between two hosts, or all links')
    .argument('[A]')
    .argument('[B]')
    .action((a, b) => links(session, (lab) => lab.heal(a === undefined || b === undefined ? undefined : [a, b])));
  lab
    .command('delay')
    .description('delay every frame between two hosts')
    .argument('<A>')
    .argument('<B>')
    .argument('<MILLISECONDS>', 'one way', Number)
    .option('--segment <NAME>', only)
    .action((a, b, milliseconds, where) => links(session, (lab) => lab.delay(a, b, milliseconds, where)));
  lab
    .command('drop')
    .description('lose a share of the frames between two hosts')
    .argument('<A>')
    .argument('<B>')
    .argument('<PERCENT>', '0 to 100', Number)
    .option('--segment <NAME>', only)
    .action((a, b, percent, where) => links(session, (lab) => lab.drop(a, b, percent, where)));
  lab
    .command('kill')
    .description("cut a host's power")
    .argument('<NODE>')
    .action((node) => simple(session, (lab) => lab.kill(node)));
  lab
    .command('start')
    .description('boot a host from its disks as they are')
    .argument('<NODE>')
    .action((node) => simple(session, (lab, onEvent) => lab.start(node, { onEvent })));
}

async function up(session: Session, wish: { readonly nodes?: number; readonly ipmi?: true }): Promise<void> {
  const stop = new AbortController();
  const undo = session.io.onInterrupt(() => stop.abort());
  try {
    await work(session, async (lab, view) => {
      const options = { onEvent: view.event, signal: stop.signal, ...wish };
      return view.told(await lab.up(options), view.up);
    });
  } finally {
    undo();
  }
}

async function simple(
  session: Session,
  act: (lab: Lab, onEvent: (event: LabEvent) => void) => Promise<Result<unknown>>,
): Promise<void> {
  await work(session, async (lab, view) => view.told(await act(lab, view.event), () => ''));
}

async function links(session: Session, act: (lab: Lab) => Promise<Result<readonly LinkState[]>>): Promise<void> {
  await work(session, async (lab, view) => view.told(await act(lab), view.links));
}

async function status(session: Session, options: { readonly json?: true | undefined }): Promise<void> {
  await work(session, async (lab, view) => {
    const now = await lab.status();
    if (options.json !== true || !now.ok) return view.told(now, view.status);
    session.screen(options).json({ version: 1, type: 'lab', ...now.value });
    return true;
  });
}

/** The shell has the terminal; its exit status is not ours to judge, except that it failed. */
async function ssh(session: Session, node: string, words: readonly string[]): Promise<void> {
  await work(session, async (lab, view) => {
    const argv = await lab.sshArguments(node);
    if (!argv.ok) return view.told(argv, () => '');
    const { attach } = await import('../transport/attach.ts');
    const undo = session.io.onInterrupt(() => undefined);
    const code = await attach([...argv.value, ...words]);
    undo();
    return code === 0;
  });
}

async function work(session: Session, act: (lab: Lab, view: LabView) => Promise<boolean>): Promise<void> {
  const [lab, { labView }] = await Promise.all([import('../lab/index.ts'), import('../view/lab.ts')]);
  const failed: ExitCode = exitCode.refused;
  session.finish((await act(lab, labView(session.screen()))) ? exitCode.done : failed);
}
