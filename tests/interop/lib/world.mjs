/* What all files here share: the program under test, the suites and the chance, by environment:
 *
 *     SOTTO_BUILD     the build folder that has apps/mls-peer
 *     INTEROP_SUITE   one cipher suite, a number; three by default
 *     INTEROP_SEED    of the random walk; printed, and drawn when it is not given
 *     INTEROP_STEPS   of the random walk, 200 by default */
import { after } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Peer } from './peer.mjs';

const build = process.env.SOTTO_BUILD ?? fileURLToPath(new URL('../../../build/main', import.meta.url));
export const program = `${build}/apps/mls-peer`;

export const suites = process.env.INTEROP_SUITE ? [Number(process.env.INTEROP_SUITE)] : [1, 3, 84];
export const seed = Number(process.env.INTEROP_SEED ?? Date.now() % 2 ** 31);
export const steps = Number(process.env.INTEROP_STEPS ?? 200);

/** The name of a suite in a test's name. */
export const suiteName = (suite) => (suite < 16 ? `0x000${suite}` : String(suite));

/** A running mls-peer, which ends with the tests. */
export function startPeer() {
    if (!existsSync(program)) {
        throw new Error(`${program} is not built`);
    }
    const peer = new Peer(program);
    after(async () => assert.equal(await peer.end(), 0, 'mls-peer ends well'));
    return peer;
}
