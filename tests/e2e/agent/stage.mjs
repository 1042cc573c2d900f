/* What the agent's tests share: the command line, a stage with a relay, TAP. */
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Chance } from '../lib/chance.mjs';
import { Stage, output } from '../lib/procs.mjs';
import { RealWorld, missing } from '../lib/real_world.mjs';
import { Tap } from '../lib/tap.mjs';

const { values: options } = parseArgs({
    options: {
        bin: { type: 'string', default: fileURLToPath(new URL('../../../build/bin', import.meta.url)) },
        seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
        rounds: { type: 'string', default: '20' },
        keep: { type: 'boolean', default: false },
    },
});

/** Runs main({tap, world, stage, chance, rounds, bin}) and ends the process by how it went. */
export async function onStage(cases, main) {
    const lacking = missing(options.bin);
    if (lacking.length > 0) {
        console.log(`Bail out! not built: ${lacking.join(', ')}`);
        process.exit(1);
    }
    const tap = new Tap(cases);
    const stage = new Stage({ keep: options.keep });
    const chance = new Chance(Number(options.seed));
    console.log(`# seed ${chance.seed}${options.keep ? `, folder ${stage.folder}` : ''}`);
    try {
        const world = await RealWorld.make(stage, options.bin);
        world.renew = () => output('renew', [join(options.bin, 'sottod'), 'renew', '--data', world.relay.data],
            { log: stage.path('renew.log') });
        await main({ tap, world, stage, chance, rounds: Number(options.rounds), bin: options.bin });
    } finally {
        await stage.end();
    }
    process.exit(tap.good ? 0 : 1);
}
