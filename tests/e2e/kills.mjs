/* Part "kills" of the end-to-end test; see run.mjs. Each round: both write in their pages, and after
 * a random pause the relay or one of the agents is killed without warning, stays away for another
 * random pause, and comes back. The pages are never told; they must get through on their own. */
import assert from 'node:assert/strict';
import { eventually } from './lib/procs.mjs';
import { PersonPage } from './lib/person_page.mjs';
import { conversationOf, history, linkOf } from './lib/views.mjs';

export const killsCases = [
    'Alice and Bob know each other',
    'rounds of kills while both write',
    'every message is sent',
    'every message arrives once, in the order of its writer, and both see one order',
    'both pages show the end of it alike',
];

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function oneRound({ chance, world, people, pages, written, round }) {
    const victim = chance.pick([world.relay, ...people]);
    const before = chance.between(0, 400);
    const away = chance.between(0, 600);
    console.log(`# round ${round}: ${victim.name} killed after ${before} ms, back after ${away} ms`);
    const writing = pages.map(async (page, who) => {
        const count = [3, 4][who];
        for (let i = 0; i < count; i++) {
            const text = `${people[who].name} ${round}.${i}`;
            written[who].push(text);
            await page.write(text);
        }
    });
    await sleep(before);
    await victim.kill();
    await sleep(away);
    await victim.start();
    await Promise.all(writing);
}

export async function kills({ tap, world, browser, chance, rounds }) {
    const people = [await world.person('Alice'), await world.person('Bob')];
    const [alice, bob] = people;
    const pages = [await PersonPage.open(browser, alice), await PersonPage.open(browser, bob)];
    const written = [[], []];
    const received = async (who) => (await history(people[who], people[1 - who].name)).map((m) => m.text);

    await tap.run(killsCases[0], async () => {
        await pages[0].add(await linkOf(bob));
        await pages[1].accept('Alice');
        await eventually('Alice knows', async () => (await conversationOf(alice, 'Bob'))?.state === 'open');
    });

    await tap.run(killsCases[1], async () => {
        for (let round = 1; round <= rounds; round++) {
            await oneRound({ chance, world, people, pages, written, round });
        }
    });

    await tap.run(killsCases[2], () => eventually('nothing waits', async () => {
        for (let who = 0; who < 2; who++) {
            const own = (await history(people[who], people[1 - who].name)).filter((m) => m.state !== 'received');
            assert.equal(own.length, written[who].length);
            assert.ok(own.every((m) => m.state === 'sent'));
        }
        return true;
    }, 120_000));

    await tap.run(killsCases[3], async () => {
        await eventually('all has arrived', async () => {
            const counts = [await received(0), await received(1)].map((list) => list.length);
            assert.deepEqual(counts, [written.flat().length, written.flat().length], 'messages that each has');
            return true;
        }, 60_000);
        const [a, b] = [await received(0), await received(1)];
        assert.deepEqual(a, b, 'one order for both');
        people.forEach((p, who) => {
            assert.deepEqual(a.filter((text) => text.startsWith(`${p.name} `)), written[who], `${p.name}’s messages`);
        });
    });

    await tap.run(killsCases[4], async () => {
        const expected = (await received(0)).slice(-20);
        for (const page of pages) {
            await page.sees(expected.at(-1));
            assert.deepEqual((await page.texts()).slice(-20), expected);
            assert.deepEqual(page.problems, []);
        }
        assert.deepEqual(people.flatMap((p) => p.faults), []);
    });
    await Promise.all(pages.map((p) => p.context.close()));
    await Promise.all(people.map((p) => p.stop()));
}
