/** The question before a plan is run. */
import { type ExitCode, error, exitCode } from '../diagnostic.ts';
import type { Plan } from '../plan/plan.ts';
import type { Session } from '../session/program.ts';

export interface Question {
  /** The way to go where nobody can be asked. */
  readonly otherwise: string;
  /** What is true then and after a no; that nothing was touched unless given. */
  readonly left?: string | undefined;
  /** Where more is agreed to than this plan. */
  readonly text?: string | undefined;
}

/** Undefined: yes. */
export async function ask(
  session: Session,
  plan: Plan,
  { otherwise, left = 'Nothing was touched.', text }: Question,
): Promise<ExitCode | undefined> {
  const { stdin, stderr } = session.io;
  const screen = session.screen();
  const [{ askYes }, { questionText }] = await Promise.all([import('../view/ask.ts'), import('../view/question.ts')]);
  if (stdin.isTTY !== true) {
    screen.report([
      error(
        'apply/unconfirmed',
        'Nobody is there to confirm',
        `This is not a terminal, and \`--yes\` was not given. ${left}`,
        { help: otherwise },
      ),
    ]);
    return exitCode.usage;
  }
  if (await askYes(text ?? questionText(plan), stdin, stderr)) return undefined;
  screen.mention(`${left}
`);
  return exitCode.usage;
}
