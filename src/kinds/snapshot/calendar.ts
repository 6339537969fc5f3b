/** How long it is at most from one time that a schedule means to the next: of the few calendar expressions that an inventory may hold. Pure. */

const week = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
/** systemd.time(7), "Calendar Events". */
const shorthands: Readonly<Record<string, string>> = { hourly: '*:00', daily: '00:00', weekly: 'Mon 00:00' };

/** In seconds, as if no clock were ever put forward or back. */
export function longestGapSeconds(schedule: string): number {
  const [time = '', days = 'Mon..Sun'] = (shorthands[schedule] ?? schedule).split(' ').reverse();
  const [hours = ''] = time.split(':');
  const due = daysOf(days)
    .flatMap((day) => hoursOf(hours).map((hour) => day * 24 + hour))
    .sort((a, b) => a - b);
  const [first = 0] = due;
  const gaps = due.map((hour, at) => (due[at + 1] ?? first + 7 * 24) - hour);
  return Math.max(...gaps) * 3600;
}

function daysOf(text: string): readonly number[] {
  const days = text.split(',').flatMap((part) => {
    const [from = '', to = from] = part.split('..');
    return week.slice(week.indexOf(from), week.indexOf(to) + 1).map((day) => week.indexOf(day));
  });
  return [...new Set(days)];
}

/** `*`, `02,14`, or `01/6`: from one o'clock on, every six hours of a day. */
function hoursOf(text: string): readonly number[] {
  const all = Array.from({ length: 24 }, (_, hour) => hour);
  if (text === '*') return all;
  const [from = '', step] = text.split('/');
  if (step !== undefined)
    return all.filter((hour) => hour >= Number(from) && (hour - Number(from)) % Number(step) === 0);
  return [...new Set(text.split(',').map(Number))];
}
