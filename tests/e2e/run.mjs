/* The end-to-end test: one relay, three people, two of them in Chromium.
 *
 *     node tests/e2e/run.mjs [--bin build/bin] [--part talk|kills|lines] [--rounds 20] [--lines 10000]
 *                            [--seed N] [--keep]
 *     node tests/e2e/run.mjs [--bin build/bin] --pictures FOLDER
 *                                        pictures of a real talk (pictures.mjs), and no other part
 *     node tests/e2e/run.mjs --mock [--fault lose|double|swap|leak]
 *                                        the same steps among mock agents, to try this test itself;
 *                                        --patience 0.1 waits a tenth as long
 *
 * talk:  Alice adds Bob by link and Carol by handle; she and Bob exchange 50 messages; Carol is added
 *        to a group while she is away, reads what came after, is removed, and gets nothing more, also
 *        not by bare frames with her real tokens (removed.mjs); then the relay is seized (seizure.mjs).
 * kills: while both write, the relay or an agent is killed at random milliseconds; every message
 *        arrives once and in order.
 * lines: a long text goes line by line from one to the other; then the relay holds nothing of it.
 *
 * Prints TAP. --keep leaves the folder with logs and databases, and says where it is. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launch } from './lib/browser.mjs';
import { Chance } from './lib/chance.mjs';
import { MockWorld } from './lib/mock_world.mjs';
import { Stage, patience } from './lib/procs.mjs';
import { RealWorld, missing } from './lib/real_world.mjs';
import { Tap } from './lib/tap.mjs';
import { missingTools } from './lib/tools.mjs';
import { kills, killsCases } from './kills.mjs';
import { lines, linesCases } from './lines.mjs';
import { pictures, picturesCases } from './pictures.mjs';
import { removed, removedCases } from './removed.mjs';
import { seizure, seizureCases } from './seizure.mjs';
import { endOfTalk, talk, talkCases } from './talk.mjs';

const { values: options } = parseArgs({
    options: {
        bin: { type: 'string', default: fileURLToPath(new URL('../../build/bin', import.meta.url)) },
        part: { type: 'string' },
        rounds: { type: 'string', default: '20' },
        lines: { type: 'string', default: '10000' },
        seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
        keep: { type: 'boolean', default: false },
        pictures: { type: 'string' },
        mock: { type: 'boolean', default: false },
        fault: { type: 'string' },
        patience: { type: 'string', default: '1' },
    },
});

/* What takes tools that look behind the API is for real processes alone. */
async function talkAndMore(means) {
    const people = await talk(means);
    if (!options.mock) {
        await removed(means, people);
        await seizure(means, people);
    }
    await endOfTalk(people);
}

const PARTS = {
    talk: { cases: options.mock ? talkCases : [...talkCases, ...removedCases, ...seizureCases], run: talkAndMore },
    kills: { cases: killsCases, run: kills },
    ...(options.mock ? {} : { lines: { cases: linesCases, run: lines } }),
};
if (options.pictures) {
    PARTS.pictures = { cases: picturesCases, run: (means) => pictures({ ...means, folder: options.pictures }) };
}

async function part(tap, browser, name) {
    const stage = new Stage({ keep: options.keep });
    const chance = new Chance(Number(options.seed));
    console.log(`# ${name}: seed ${chance.seed}${options.keep ? `, folder ${stage.folder}` : ''}`);
    try {
        const world = options.mock ? new MockWorld(options.fault) : await RealWorld.make(stage, options.bin);
        await PARTS[name].run({ tap, world, browser, chance, rounds: Number(options.rounds), count: Number(options.lines) });
    } finally {
        await stage.end();
    }
}

async function main() {
    patience.factor = Number(options.patience);
    const lacking = options.mock ? [] : [...missing(options.bin), ...missingTools(options.bin)];
    if (lacking.length > 0) {
        console.log(`Bail out! not built: ${lacking.join(', ')}`);
        return false;
    }
    if (options.part && !PARTS[options.part]) {
        console.log(`Bail out! no part ${options.part}: ${Object.keys(PARTS).join(', ')}`);
        return false;
    }
    const names = options.part ? [options.part] : options.pictures ? ['pictures'] : Object.keys(PARTS);
    const tap = new Tap(names.flatMap((n) => PARTS[n].cases));
    const browser = await launch();
    try {
        for (const name of names) {
            await part(tap, browser, name);
        }
    } finally {
        await browser.close();
    }
    return tap.good;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => process.exit(1));
}
main().then((good) => process.exit(good ? 0 : 1), (error) => {
    console.log(`Bail out! ${error.stack}`);
    process.exit(1);
});
