/** Why a handshake failed, from what the library says and what was tried. */
import type { Diagnostic } from '../diagnostic.ts';
import * as refuse from './refusals.ts';
import type { Greeting } from './wire.ts';

/** `level` is where in the library it happened; `code` that of the socket, or of the peer's good-bye. */
export type SshError = Error & { readonly level?: string; readonly code?: string | number };
/** How far the login came, for the message. */
export interface Login {
  readonly tried: string[];
  readonly unusable: string[];
  wants: readonly string[];
}

export function explain({ hop, hostKeys, seconds }: Greeting, cause: SshError, login: Login): Diagnostic {
  const refusal = hostKeys.refusal();
  if (refusal !== undefined) return refusal;
  const message = printable(cause.message);
  if (cause.level === 'client-authentication') {
    return refuse.authFailed(hop, hop.user, login.tried, login.unusable, login.wants);
  }
  if (cause.level === 'client-timeout') return refuse.unreachable(hop, 'ETIMEDOUT', `no login within ${seconds} s`);
  if (cause.level === 'client-socket') return refuse.unreachable(hop, String(cause.code ?? ''), message);
  if (/no matching host key/.test(message)) return refuse.keyTypes(hop, hostKeys.offer);
  if (login.tried.length > 0) {
    return refuse.authFailed(hop, hop.user, login.tried, [...login.unusable, `It said: ${message}.`], login.wants);
  }
  return refuse.handshakeFailed(hop, message);
}

/** What a peer says may not write on the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '?');
}
