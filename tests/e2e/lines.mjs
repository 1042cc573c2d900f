/* Part "lines" of the end-to-end test; see run.mjs. A real text, the licences that every Debian has, goes
 * line by line from Alice to Bob, each line with its number; then the relay holds nothing of it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './lib/procs.mjs';
import { befriend, conversationOf, history } from './lib/views.mjs';

export const linesCases = [
    'Alice and Bob know each other',
    'a text of so many lines is sent line by line',
    'it arrives whole and in order',
    'the relay’s log holds no entry any more',
];

const LICENCES = '/usr/share/common-licenses';
const UNDER_WAY = 48; /* requests; the API takes 64 at once, and 200 messages may wait */

/* The lines of the machine's licence texts, over and over until there are enough; the seed says with
 * which to begin. */
function realText(chance, count) {
    const files = existsSync(LICENCES) ? readdirSync(LICENCES).sort() : [];
    const lines = files.flatMap((f) => readFileSync(join(LICENCES, f), 'utf8').split('\n')).map((l) => l.replace(/[^\t\P{Cc}]/gu, ''));
    if (lines.length < 1000) {
        throw new Error(`${LICENCES} is not there: the text comes from it`);
    }
    const first = chance.between(0, lines.length - 1);
    return Array.from({ length: count }, (_, i) => `${String(i + 1).padStart(6)}  ${lines[(first + i) % lines.length]}`);
}

/* Sends in order, as fast as the agent takes them: a refusal for want of room is waited for. */
async function sendAll(person, conversation, lines) {
    const one = async (text, i) => {
        for (;;) {
            try {
                return await person.call('message.send', { conversation, text, client_id: `l${i}` });
            } catch (error) {
                if (error.name !== 'limit' && error.name !== 'busy') {
                    throw error;
                }
                await new Promise((done) => setTimeout(done, 20));
            }
        }
    };
    const room = async () => {
        for (;;) {
            const { messages } = await person.call('message.list', { conversation, limit: 1 });
            if (messages.filter((m) => m.state === 'waiting').length < 200 - UNDER_WAY) {
                return;
            }
            await new Promise((done) => setTimeout(done, 20));
        }
    };
    for (let i = 0; i < lines.length; i += UNDER_WAY) {
        await room();
        await Promise.all(lines.slice(i, i + UNDER_WAY).map((text, k) => one(text, i + k)));
    }
}

export async function lines({ tap, world, chance, count }) {
    const [alice, bob] = [await world.person('Alice Aubertin'), await world.person('Bob Baskerville')];
    const text = realText(chance, count);
    let conversation;

    await tap.run(linesCases[0], async () => {
        await befriend(alice, bob);
        conversation = (await conversationOf(alice, bob.name)).id;
    });

    await tap.run(linesCases[1], async () => {
        const begin = Date.now();
        await sendAll(alice, conversation, text);
        await eventually('nothing waits', async () => (await history(alice, bob.name)).every((m) => m.state === 'sent'), 60_000);
        const ms = Date.now() - begin;
        console.log(`# ${text.length} lines, ${Buffer.byteLength(text.join('\n'))} bytes, ${Math.round(1000 * text.length / ms)} lines a second`);
    });

    await tap.run(linesCases[2], async () => {
        await eventually('all has arrived', async () => (await history(bob, alice.name)).length >= text.length, 60_000);
        const got = (await history(bob, alice.name)).map((m) => m.text);
        assert.equal(got.join('\n') === text.join('\n'), true, `the text differs at line ${1 + got.findIndex((l, i) => l !== text[i])} of ${got.length}`);
    });

    await tap.run(linesCases[3], async () => {
        await eventually('no entry lives', async () => {
            const left = await world.tools.entries(world.relay.data);
            assert.deepEqual(left.map((e) => e.seq), []);
            return true;
        });
        assert.deepEqual([alice, bob].flatMap((p) => p.faults), []);
    });
    await Promise.all([alice, bob].map((p) => p.stop()));
}
