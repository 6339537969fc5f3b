/** The lab's own long-running processes: from TypeScript in a checkout, and from JavaScript in the package. */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The command line that runs a file of this folder, without its ending: `switch/main`. */
export function ownProcess(file: string): readonly string[] {
  const isSource = import.meta.url.endsWith('.ts');
  const main = fileURLToPath(new URL(`./${file}${isSource ? '.ts' : '.js'}`, import.meta.url));
  if (!isSource) return [process.execPath, main];
  // TypeScript needs the loader that runs this process from source, too: `tsx`.
  const loader = createRequire(import.meta.url).resolve('tsx');
  return [process.execPath, '--import', pathToFileURL(loader).href, main];
}
