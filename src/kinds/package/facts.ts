/** What dpkg and apt know of the packages that the inventory needs. */
import type { Reading } from '../reading.ts';

export interface PackageFacts {
  /** By package name, only those which dpkg has ever heard of. */
  readonly packages: Reading<Readonly<Record<string, PackageState>>>;
  /** By package name: the version that apt would install. A name that is missing here is unknown to apt's lists. */
  readonly candidates: Reading<Readonly<Record<string, string>>>;
}

/** dpkg-query(1), `${db:Status-Want} ${db:Status-Eflag} ${db:Status-Status}`. */
export interface PackageState {
  readonly want: string;
  readonly error: string;
  readonly status: string;
  readonly version: string;
}
