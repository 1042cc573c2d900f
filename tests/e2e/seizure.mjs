/* The relay is seized after "talk" and "removed": its database with all that lies beside it, its log, and
 * the memory of the running process, while agents are connected. Nothing of what the devices know (texts,
 * names, titles, handles, keys, device lists, KeyPackageRefs, clear leaves; tests/seizure/needles.c)
 * may stand there, raw, in hex or in base64. The same search must then find canaries, planted by the
 * protocol: mail in clear. Last, entries that wait are found, and a minute after they were delivered
 * none of their bytes are. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { eventually } from './lib/procs.mjs';
import { relayFiles } from './lib/tools.mjs';
import { history } from './lib/views.mjs';
import { fifty } from './talk.mjs';

export const seizureCases = [
    'there are needles of every kind',
    'nothing that a device knows is in the relay’s files',
    'nothing that a device knows is in the relay’s memory',
    'the same search finds planted canaries, in every form, in files and in memory',
    'a minute after it was fetched, nothing of the mail is in the database or its journal',
    'entries that wait are in the database or its journal',
    'a minute after they were delivered, none of their bytes are',
];

const KINDS = [
    'text', 'message id', 'name', 'own name', 'own handle', 'title', 'room id', 'mail hint', 'cursor key', 'gate token', 'own box token', 'own shelf token', 'identity', 'own identity', 'own identity key',
    'own device key', 'device list', 'own device list', 'own shelf key', 'KeyPackageRef', 'init key',
    'leaf encryption key', 'leaf signature key', 'leaf credential',
];
const MINUTE = 60_000;
const SLICE = 32;

const hex = (text) => Buffer.from(text, 'utf8').toString('hex');

/* In a contact link: where mail to its owner goes (lib/sotto/reach.h). */
function doorOf(link) {
    const bytes = Buffer.from(link.slice('sotto:'.length), 'base64url');
    const at = bytes[1] < 64 ? 2 + bytes[1] : 3 + bytes.readUInt16BE(1) % 0x4000;
    const part = (from, n) => bytes.subarray(at + from, at + from + n).toString('hex');
    return { box: part(0, 32), door: bytes.readUInt32BE(at + 32), token: part(36, 32) };
}

/* Each as the bytes of a mail, 1,024 of them, without a marker twice at the same place of three letters. */
function canaries() {
    const forms = { raw: (b) => b.toString('hex'), hex: (b) => hex(b.toString('hex')), base64: (b) => hex(b.toString('base64')) };
    return Object.entries(forms).map(([name, form]) => {
        const marker = randomBytes(24);
        const mail = form(marker).padEnd(2048, '00');
        return { needle: `canary ${name}\t${marker.toString('hex')}`, mail };
    });
}

/* Every entry in pieces, from its first byte to its last. */
const slices = (entries) => entries.flatMap(({ seq, data }) => {
    const pieces = data.match(new RegExp(`.{${2 * SLICE}}`, 'g'));
    return [...pieces, data.slice(-2 * SLICE)].map((piece) => `entry ${seq}\t${piece}`);
});

export async function seizure({ tap, world }, { alice, bob, carol }) {
    const { tools, relay } = world;
    const planted = canaries();
    const needles = () => [...world.needles, ...planted.map((c) => c.needle)];
    const inFiles = (list) => tools.search(list, { files: relayFiles(relay) });
    const inMemory = (list) => tools.search(list, { pid: relay.proc.child.pid });
    const told = (what, r) => console.log(`# ${what}: ${r.count} needles, ${r.bytes} bytes searched, ${r.found} found`);
    /* Searches until nothing is found; fails when that takes longer than a minute from now. */
    const goneInAMinute = async (what, list) => {
        const begin = Date.now();
        const r = await eventually(what, async () => {
            const now = await inFiles(list);
            assert.deepEqual(now.finds.slice(0, 3), [], `${now.found} of ${now.count} are still there`);
            return now;
        }, MINUTE);
        told(`${what}, after ${Math.round((Date.now() - begin) / 1000)} s`, r);
    };

    await tap.run(seizureCases[0], async () => {
        for (const person of [alice, bob, carol]) {
            await person.stop();
            await person.remember();
            await person.start();
        }
        const counts = Object.fromEntries(KINDS.map((kind) => [kind, [...world.needles].filter((n) => n.startsWith(`${kind}\t`)).length]));
        console.log(`# needles: ${Object.entries(counts).map(([kind, n]) => `${n} × ${kind}`).join(', ')}`);
        assert.deepEqual(KINDS.filter((kind) => counts[kind] === 0), []);
        assert.ok(counts['own identity'] === 4 && counts.text >= fifty.length, 'of everybody, and everything');
        for (const person of [alice, bob, carol]) {
            await eventually(`${person.name} is connected`, async () => (await person.call('account.status')).connection.state === 'online');
        }
    });

    await tap.run(seizureCases[1], async () => {
        const r = await inFiles(needles());
        told('files', r);
        assert.deepEqual(r.finds, []);
        assert.ok(r.count === world.needles.size + planted.length && r.bytes > 100_000);
    });

    await tap.run(seizureCases[2], async () => {
        const r = await inMemory(needles());
        told('memory', r);
        assert.deepEqual(r.finds, []);
        assert.ok(r.bytes > 1_000_000);
    });

    await tap.run(seizureCases[3], async () => {
        const { box, door, token } = doorOf((await bob.call('account.me')).me.link);
        await bob.stop();
        const answers = await tools.knock(relay.port, planted.map((c) => `deliver ${box} ${door} ${token} ${c.mail}`));
        assert.deepEqual(answers.map((words) => words.join(' ')), planted.map(() => 'deliver OK'));
        for (const [what, r] of [['files', await inFiles(needles())], ['memory', await inMemory(needles())]]) {
            told(`${what}, with ${planted.length} canaries`, r);
            assert.deepEqual(r.finds.map((f) => /canary (\w+)/.exec(f)?.[1]).sort(), ['base64', 'hex', 'raw'], r.finds.join('\n'));
        }
    });

    await tap.run(seizureCases[4], async () => {
        await bob.start();
        await goneInAMinute('fetched mail is gone', planted.map((c) => c.needle));
    });

    let waiting;
    await tap.run(seizureCases[5], async () => {
        const before = (await tools.entries(relay.data)).map((e) => e.data);
        await bob.stop();
        const { conversations } = await alice.call('conversation.list');
        const conversation = conversations.find((c) => c.title === bob.name).id;
        const texts = ['Seized: short.', `Seized: ${'long enough for another size. '.repeat(30)}`, `Seized: ${'0123456789'.repeat(1000)}`];
        for (const [i, text] of texts.entries()) {
            await alice.call('message.send', { conversation, text, client_id: `seized-${i}` });
        }
        await eventually('all are at the relay', async () => {
            const own = (await history(alice, bob.name)).slice(-texts.length);
            return own.every((m) => m.state === 'sent' && m.text.startsWith('Seized:'));
        });
        const entries = (await tools.entries(relay.data)).filter((e) => !before.includes(e.data));
        assert.ok(entries.length >= texts.length, 'they wait for Bob');
        waiting = slices(entries);
        const r = await inFiles(waiting);
        told(`${entries.length} entries of ${entries.map((e) => e.data.length / 2).join(', ')} bytes`, r);
        assert.ok(r.found > 0.95 * waiting.length, 'all but what lies across two pages');
        entries.forEach(({ seq }) => assert.ok(r.finds.some((f) => f.startsWith(`found: entry ${seq},`)), `entry ${seq}`));
    });

    await tap.run(seizureCases[6], async () => {
        await bob.start();
        await eventually('Bob has them', async () => (await history(bob, alice.name)).filter((m) => m.text.startsWith('Seized:')).length === 3);
        await goneInAMinute('delivered entries are gone', waiting);
    });
}
