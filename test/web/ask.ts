/** What a browser may send, and what none would. */
import { request } from 'node:http';

export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function ask(address: string, { method = 'GET', headers = {} }: Asked = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = request(address, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** The cookie that the printed address is exchanged for. */
export async function keyTo(address: string): Promise<Readonly<Record<string, string>>> {
  const { headers } = await ask(address);
  return { cookie: String(headers['set-cookie']).split(';')[0] ?? '' };
}
