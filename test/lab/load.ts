/** A program on a node that writes to a disk or a file without a pause, and tells of every write that failed or took long. */
import { ask } from './support.ts';

/** Past the page cache, each write durable before the next; after an error the same place again. */
const program = `import mmap, os, sys, time
path, blocks = sys.argv[1], int(sys.argv[2])
file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_DIRECT | os.O_DSYNC, 0o600)
block, number, start = mmap.mmap(-1, 4096), 0, time.monotonic()
while True:
    block[:] = (b'%020d' % number).ljust(4096, b'.')
    began = time.monotonic()
    try:
        os.pwrite(file, block, number % blocks * 4096)
        number, said = number + 1, 'ok %d' % number
    except OSError as why:
        said = 'error %d' % why.errno
    took = time.monotonic() - began
    if said[0] == 'e' or took > 2:
        print('%.1f %s after %.1f' % (time.monotonic() - start, said, took), flush=True)
    if said[0] == 'e':
        time.sleep(1)
    with open('/run/load.' + sys.argv[3], 'w') as count:
        count.write(str(number))
`;

export interface Load {
  /** Errors so far, each with the seconds that its write had waited. */
  errors(): Promise<readonly number[]>;
  /** The longest write so far, in seconds, of those that took more than two. */
  longest(): Promise<number>;
  /** Waits until it has written three more blocks. */
  expectGoesOn(): Promise<void>;
  end(): Promise<void>;
}

/** `blocks` of 4 KiB, over and over. */
export async function beginLoad(node: string, name: string, path: string, blocks: number): Promise<Load> {
  const encoded = Buffer.from(program).toString('base64');
  await ask(
    node,
    `echo ${encoded} | base64 -d >/root/load.py && systemd-run -q --unit=load-${name} python3 /root/load.py ${path} ${blocks} ${name}`,
  );
  const said = () => ask(node, `journalctl -q -u load-${name} -o cat`);
  const waits = async (pattern: RegExp) => [...(await said()).matchAll(pattern)].map(([, seconds]) => Number(seconds));
  const count = `cat /run/load.${name} || echo 0`;
  return {
    errors: () => waits(/ error \d+ after ([\d.]+)/g),
    longest: async () => Math.max(0, ...(await waits(/ after ([\d.]+)/g))),
    async expectGoesOn() {
      const before = Number(await ask(node, count));
      await ask(node, `until [ "$(${count})" -gt ${before + 3} ]; do sleep 1; done 2>/dev/null`);
    },
    async end() {
      await ask(node, `systemctl stop load-${name}; rm -f /run/load.${name}`);
    },
  };
}
