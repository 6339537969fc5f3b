/** The commands that messages name, as they have to be typed to mean what this run meant. Pure. */
import { quote } from '../shell/quote.ts';

/** What a person may choose for a plan; the options of `plan` and `apply` have these names. */
export interface Choices {
  readonly offline?: boolean | undefined;
  readonly only?: readonly string[] | undefined;
  readonly without?: readonly string[] | undefined;
  readonly adopt?: readonly string[] | undefined;
  readonly allowDestroy?: readonly string[] | undefined;
  readonly waitSync?: boolean | undefined;
  readonly acceptNewHostKeys?: boolean | undefined;
}

/** A command, or each that a text has in backquotes, for this inventory; a saved plan has its own. */
export function forInventory(text: string, inventory: string | undefined): string {
  if (inventory === undefined) return text;
  const commands =
    /(?<=^|`)sanctl (?=(?:plan|apply|facts|journal|unlock|vm|migrate|evacuate|failover|failback|replace-disk|why|graph|array|run|status|verify|snapshot|certificates)\b(?! \S+\.json))/g;
  return text.replace(commands, (command) => `${command}-i ${quote(inventory)} `);
}

/** A plan that was saved is known by its name. */
export function isSaved(path: string | undefined): path is string {
  return path?.endsWith('.json') === true;
}

/** ` --only volume/isos --wait-sync`: what was chosen for a plan, to be chosen again. */
export function choiceWords({ only, without, adopt, allowDestroy, waitSync }: Choices): string {
  const each = (option: string, words: readonly string[] = []): string =>
    words.map((word) => ` --${option} ${quote(word)}`).join('');
  return [
    each('only', only),
    each('without', without),
    each('adopt', adopt),
    each('allow-destroy', allowDestroy),
    waitSync === true ? ' --wait-sync' : '',
  ].join('');
}
