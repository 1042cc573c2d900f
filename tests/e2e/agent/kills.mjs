/* Agents killed at random milliseconds while both people write: every message arrives once, and in the
 * order of its writer.
 *
 *     node tests/e2e/agent/kills.mjs [--bin build/bin] [--rounds 20] [--seed N] [--keep] */
import assert from 'node:assert/strict';
import { eventually } from '../lib/procs.mjs';
import { history } from '../lib/views.mjs';
import { onStage } from './stage.mjs';

const CASES = [
    'Alice and Bob know each other',
    'rounds of kills while both write',
    'every message is sent, none is left waiting',
    'every message arrived once, in its writer’s order, and both have one order',
];

/* Writes until told to stop, one message after the other; what was not answered is said again under its
 * client_id, as the page does. */
class Writer {
    constructor(person, conversation) {
        Object.assign(this, { person, conversation, count: 0, written: [], over: false });
        this.done = this.run();
    }

    async run() {
        while (!this.over) {
            const text = `${this.person.name} ${this.count}`;
            await this.say(text, `k${this.count}`);
            this.written.push(text);
            this.count++;
            await new Promise((done) => setTimeout(done, 3));
        }
    }

    async say(text, id) {
        for (;;) {
            try {
                await this.person.call('message.send', { conversation: this.conversation, text, client_id: id });
                return;
            } catch (error) {
                if (error.code !== undefined) {
                    throw error;
                }
                await new Promise((done) => setTimeout(done, 20)); /* the agent is dead; it comes back */
            }
        }
    }
}

async function main({ tap, world, chance, rounds }) {
    const people = [await world.person('Alice'), await world.person('Bob')];
    const [alice, bob] = people;
    let ids;

    await tap.run(CASES[0], async () => {
        const link = await eventually('a link', async () => (await bob.call('account.me')).me.link);
        const mine = (await alice.call('contact.add', { address: link, name: 'Bob' })).conversation.id;
        const theirs = await eventually('a request', async () => (await bob.call('conversation.list')).conversations[0]);
        await bob.call('conversation.accept', { conversation: theirs.id });
        ids = [mine, theirs.id];
    });

    const writers = people.map((p, i) => new Writer(p, ids?.[i]));

    await tap.run(CASES[1], async () => {
        for (let round = 1; round <= rounds; round++) {
            const victim = chance.pick(people);
            const after = chance.between(0, 400);
            const away = chance.between(0, 150);
            await new Promise((done) => setTimeout(done, after));
            await victim.kill();
            await new Promise((done) => setTimeout(done, away));
            await victim.start();
            console.log(`# round ${round}: ${victim.name} killed after ${after} ms, back after ${away} ms`);
        }
        writers.forEach((w) => { w.over = true; });
        await Promise.all(writers.map((w) => w.done));
        console.log(`# ${writers.map((w) => `${w.person.name} wrote ${w.count}`).join(', ')}`);
    });

    const all = async (p, i) => history(p, i === 0 ? 'Bob' : 'Alice');

    await tap.run(CASES[2], () => eventually('nothing waits', async () => {
        for (const [i, p] of people.entries()) {
            const own = (await all(p, i)).filter((m) => m.client_id !== null);
            assert.equal(own.length, writers[i].written.length);
            assert.ok(own.every((m) => m.state === 'sent'));
        }
        return true;
    }, 60_000));

    await tap.run(CASES[3], async () => {
        const total = writers[0].count + writers[1].count;
        await eventually('all has arrived', async () => (await all(alice, 0)).length >= total && (await all(bob, 1)).length >= total, 60_000);
        const [a, b] = [(await all(alice, 0)).map((m) => m.text), (await all(bob, 1)).map((m) => m.text)];
        assert.deepEqual(a, b, 'one order');
        writers.forEach((w) => assert.deepEqual(a.filter((t) => t.startsWith(`${w.person.name} `)), w.written));
        assert.deepEqual((await alice.call('alarm.list')).alarms, []);
        assert.deepEqual((await bob.call('alarm.list')).alarms, []);
    });
    writers.forEach((w) => { w.over = true; });
    await Promise.all(people.map((p) => p.stop()));
}

await onStage(CASES, main);
