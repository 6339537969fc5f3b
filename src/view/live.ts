/** Progress drawn in place: one row for each node, what it does now beneath it. The only door to listr2. */
import { Listr, ListrLogger, ProcessOutput } from 'listr2';

export interface Rows {
  /** The row's own line: `alpha 2/7`. */
  title(row: string, text: string): void;
  /** What happens there now. */
  now(row: string, text: string): void;
  end(row: string, how: 'done' | 'failed' | 'left', text: string): void;
  /** Ends all rows that did not end, and gives the terminal back. */
  close(): Promise<void>;
}

/** What a row can say to its task. */
interface Shown {
  setTitle(text: string): void;
  setOutput(text: string): void;
  skip(text: string): void;
}

/** The part of listr2's task that is used here. */
interface ListrTask {
  title?: string | undefined;
  output: string;
  skip(message: string): void;
}

interface Row {
  readonly ended: Promise<void>;
  readonly end: () => void;
  readonly fail: (problem: Error) => void;
  /** What was said before listr2 started the row's task. */
  early: ((task: Shown) => void)[];
  task?: Shown;
}

/** For terminals only; the plain view is for everything else. */
export function openRows(names: readonly string[], stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Rows {
  const rows = new Map(names.map((name) => [name, newRow()]));
  const tasks = [...rows].map(([name, row]) => ({
    title: name,
    task: (_context: unknown, task: ListrTask) => begin(row, task),
  }));
  const logger = new ListrLogger({ processOutput: new ProcessOutput(stdout, stderr), useIcons: false });
  const list = new Listr(tasks, {
    concurrent: true,
    exitOnError: false,
    // Ctrl-C is apply's to answer: listr2 would end the process in the middle of a step.
    registerSignalListeners: false,
    rendererOptions: { collapseErrors: true, formatOutput: 'truncate', logger },
  });
  const running = list.run();
  const tell = (name: string, what: (task: Shown) => void): void => {
    const row = rows.get(name);
    if (row?.task !== undefined) what(row.task);
    else row?.early.push(what);
  };
  return {
    title: (name, text) => tell(name, (task) => task.setTitle(text)),
    now: (name, text) => tell(name, (task) => task.setOutput(text)),
    end(name, how, text) {
      if (how === 'failed') return void rows.get(name)?.fail(new Error(text));
      tell(name, (task) => (how === 'left' ? task.skip(text) : task.setTitle(text)));
      rows.get(name)?.end();
    },
    async close() {
      for (const row of rows.values()) row.end();
      await running;
    },
  };
}

function newRow(): Row {
  let end: () => void = () => undefined;
  let fail: (problem: Error) => void = () => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  // A row may fail before listr2 has begun to look at it.
  ended.catch(() => undefined);
  return { ended, end, fail, early: [] };
}

function begin(row: Row, task: ListrTask): Promise<void> {
  const shown: Shown = {
    setTitle(text) {
      task.title = text;
    },
    setOutput(text) {
      task.output = text;
    },
    skip: (text) => task.skip(text),
  };
  row.task = shown;
  for (const what of row.early) what(shown);
  return row.ended;
}
