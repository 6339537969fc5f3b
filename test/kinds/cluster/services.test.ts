/**
 * Services without a VM (S2), by Pacemaker's own scheduler: every single death and every single failure. Their file system is never
 * mounted on two nodes, never without its mirror, and never before a dead node was shot.
 */
import { describe, expect, test } from 'vitest';
import { serviceConstraints, serviceResources } from '../../../src/kinds/cluster/services.ts';
import { timingOf } from '../../../src/kinds/cluster/timing.ts';
import { element, xmlText } from '../../../src/kinds/cluster/xml.ts';
import type { ClusterService } from '../../../src/kinds/site/cluster.ts';
import type { Site } from '../../../src/kinds/site.ts';
import { expectGolden } from '../../golden.ts';
import { compactSite } from '../compact.ts';
import { configurationText, copyOf, healthy, isThere, run, type Simulated, simulate } from './pacemaker.ts';

const mail: ClusterService = {
  name: 'mail',
  home: 'alpha',
  volume: 'mail-spool',
  mount: '/var/spool/mail',
  address: { ip: '10.77.0.50', prefix: 24 },
  units: ['dovecot.service', 'postfix@-.service'],
};
const web: ClusterService = {
  name: 'web',
  home: 'bravo',
  volume: 'web-data',
  mount: '/srv/web',
  units: ['nginx.service'],
};

function site(nodes = ['alpha', 'bravo']): Site {
  const replicas = ['alpha', 'bravo'];
  const volumes = { 'mail-spool': { size: '1GiB', replicas }, 'web-data': { size: '1GiB', replicas } };
  return compactSite({ nodes, volumes, cluster: { services: [mail, web] } });
}

/** Its parts in the order of their start. */
function partsOf({ name, address, units }: ClusterService): readonly string[] {
  return [
    `mount-${name}`,
    ...(address === undefined ? [] : [`address-${name}`]),
    ...units.map((_, at) => `unit${at}-${name}`),
  ];
}

/** Follows the actions in the order of the scheduler. `dead`: died, and was not shot yet. */
class Judge {
  readonly wrong: string[] = [];
  readonly dead = new Set<string>();
  readonly #at = new Map<string, Set<string>>();
  readonly #promoted = new Map<string, Set<string>>();

  where(part: string): readonly string[] {
    return [...(this.#at.get(part) ?? [])];
  }

  follow(said: string): void {
    for (const line of said.split('\n')) {
      const shot = /^ {2}\* Fencing (\S+) /.exec(line)?.[1];
      if (shot !== undefined) this.#shoot(shot);
      const [, id = '', task, node = ''] =
        /^ {2}\* Resource action: (\S+) +(start|stop|promote|demote) on (\S+)$/.exec(line) ?? [];
      if (task !== undefined) this.#act(task, id.replace(/:\d+$/, ''), node);
    }
  }

  #shoot(node: string): void {
    this.dead.delete(node);
    for (const set of [...this.#at.values(), ...this.#promoted.values()]) set.delete(node);
  }

  #act(task: string, id: string, node: string): void {
    const service = [mail, web].find((one) => partsOf(one).includes(id) || id === `drbd-${one.volume}`);
    if (service === undefined) return;
    const parts = partsOf(service);
    const [before, after] = [parts.slice(0, parts.indexOf(id)), parts.slice(parts.indexOf(id) + 1)];
    const has = (part: string): boolean => this.#at.get(part)?.has(node) === true;
    if (id.startsWith('drbd-')) {
      const set = setOf(this.#promoted, id);
      if (task === 'promote') this.#begin(set, id, node);
      if (task === 'demote' || task === 'stop') set.delete(node);
      if (task === 'demote' && parts.some(has)) this.wrong.push(`${id} is demoted under ${service.name} on ${node}`);
      return;
    }
    if (task === 'stop') {
      setOf(this.#at, id).delete(node);
      for (const part of after.filter(has)) this.wrong.push(`${id} stops under ${part} on ${node}`);
      return;
    }
    this.#begin(setOf(this.#at, id), id, node);
    for (const part of before.filter((one) => !has(one))) this.wrong.push(`${id} starts without ${part} on ${node}`);
    if (!this.#promoted.get(`drbd-${service.volume}`)?.has(node))
      this.wrong.push(`${id} starts without its mirror on ${node}`);
  }

  #begin(set: Set<string>, id: string, node: string): void {
    for (const other of set)
      if (other !== node)
        this.wrong.push(`${id} on ${node} and on ${other}${this.dead.has(other) ? ', which was not shot' : ''}`);
    set.add(node);
  }
}

function setOf(map: Map<string, Set<string>>, id: string): Set<string> {
  const set = map.get(id) ?? new Set<string>();
  map.set(id, set);
  return set;
}

function judged(cluster: Simulated): Judge {
  const judge = new Judge();
  judge.follow(cluster.began);
  return judge;
}

/** All four transitions of a member: it dies, the other one takes over, it comes back, and nothing is torn away from where it runs. */
function death(cluster: Simulated, victim: string): Judge {
  const judge = judged(cluster);
  judge.dead.add(victim);
  judge.follow(simulate(cluster, ['--node-fail', victim]));
  judge.follow(simulate(cluster, ['--node-up', victim]));
  return judge;
}

test('as Pacemaker is told', () => {
  const { cluster } = site();
  if (cluster === undefined) throw new Error('no cluster');
  const parts = [...serviceResources(cluster, timingOf(cluster)), ...serviceConstraints(cluster)];
  expectGolden('services.xml', xmlText(element('services', {}, parts)));
});

describe.skipIf(!isThere)('what Pacemaker does with them', { timeout: 120_000 }, () => {
  const all = (): readonly string[] => [...partsOf(mail), ...partsOf(web)];

  test('crm_verify has nothing against them, and each begins at home', () => {
    const cluster = healthy(site());
    expect(() => run('crm_verify', ['-V', '-x', cluster.path])).not.toThrow();
    const judge = judged(cluster);
    expect(judge.wrong).toEqual([]);
    for (const part of partsOf(mail)) expect([part, judge.where(part)]).toEqual([part, ['alpha']]);
    for (const part of partsOf(web)) expect([part, judge.where(part)]).toEqual([part, ['bravo']]);
  });

  test.each(['alpha', 'bravo', 'charlie'])('%s dies, and comes back', (victim) => {
    const judge = death(healthy(site(['alpha', 'bravo', 'charlie'])), victim);
    expect(judge.wrong).toEqual([]);
    const survivors = victim === 'charlie' ? ['alpha', 'bravo'] : ['alpha', 'bravo'].filter((node) => node !== victim);
    for (const part of all()) expect(survivors).toContain(judge.where(part)[0]);
  });

  test('every single failure of a part: all of the service begins anew, in order', () => {
    const cluster = healthy(site());
    for (const part of partsOf(mail)) {
      const judge = judged(cluster);
      judge.follow(simulate(copyOf(cluster), ['--op-inject', `${part}_monitor_20000@alpha=1`]));
      expect(judge.wrong, part).toEqual([]);
      for (const one of partsOf(mail)) expect(judge.where(one), `${one} after ${part}`).toHaveLength(1);
    }
  });

  test('a part that cannot be stopped takes its node with it (P7)', () => {
    const cluster = healthy(site());
    for (const part of partsOf(mail)) {
      const said = simulate(copyOf(cluster), ['--op-inject', `${part}_stop_0@alpha=1`]);
      expect(said, part).toContain('Fencing alpha (reboot)');
    }
  });

  test('one id is one element', () => {
    const ids = [...configurationText(site()).matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each([
    ['no order', /\s*<rsc_order [^>]*\/>/g, '', 'without its mirror'],
    ['no colocation', /\s*<rsc_colocation [^>]*\/>/g, '', 'without its mirror'],
    ['no fencing', /(name="stonith-enabled" value=)"true"/g, '$1"false"', 'was not shot'],
    ['two Primaries', /(name="promoted-max" value=)"1"/g, '$1"2"', 'drbd-mail-spool on'],
  ])('a mutant is caught: %s (C13)', (_what, from, to, words) => {
    const cluster = healthy(site(), (text) => {
      expect(text).toMatch(from);
      return text.replace(from, to);
    });
    expect(death(cluster, 'alpha').wrong.join('\n')).toContain(words);
  });
});
