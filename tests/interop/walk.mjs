/* The random walk as a test of its own, with its seed in its name. */
import test from 'node:test';
import { Chance } from '../e2e/lib/chance.mjs';
import { suiteImpl } from './lib/ts.mjs';
import { Walk } from './lib/walk.mjs';
import { seed, startPeer, steps, suiteName, suites } from './lib/world.mjs';

const peer = startPeer();

for (const suite of suites) {
    test(`${suiteName(suite)}: ${steps} random steps, seed ${seed}`, async () => {
        const walk = new Walk({ peer, suite, cs: await suiteImpl(suite) }, new Chance(seed));
        try {
            await walk.run(steps);
        } finally {
            console.log(`# ${suiteName(suite)}, seed ${seed}: ${JSON.stringify(walk.count)}`);
        }
    });
}
