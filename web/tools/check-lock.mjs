/* The lock file names packages by name, version and hash, and no address. */
import { readFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const faults = Object.entries(lock.packages)
    .filter(([name, p]) => name !== '' && (p.resolved || !p.integrity))
    .map(([name, p]) => `${name}: ${p.resolved ? 'has an address' : 'has no hash'}`);
if (faults.length > 0) {
    console.error(`package-lock.json:\n${faults.join('\n')}`);
    process.exit(1);
}
