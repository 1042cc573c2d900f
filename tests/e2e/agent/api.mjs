/* Every method and every event of docs/api.json at least once against a real agent, its answers held
 * to the description; every rule of the parameters broken; requests that are none.
 *
 *     node tests/e2e/agent/api.mjs [--bin build/bin] [--keep] */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { api } from '../../../web/tools/shape.mjs';
import { eventually } from '../lib/procs.mjs';
import { Rpc } from '../lib/rpc.mjs';
import { conversationOf } from '../lib/views.mjs';
import { broken } from './params.mjs';
import { exchange } from './raw.mjs';
import { onStage } from './stage.mjs';

const CASES = [
    'people are made, added by link and by handle, renamed, blocked, verified',
    'a direct conversation: drafts, messages, marks, pages of history',
    'a request is accepted, another declined',
    'a group: created, members, add, remove, leave',
    'a message that failed is discarded',
    'alarms are told, listed and cleared',
    'lists come in pages that miss nothing and double nothing',
    'every method and every event was seen, and nothing that is not described',
    'every broken rule of the parameters is refused and names its field',
    'bounds are kept to the last character',
    'what is no request is refused, and the agent goes on',
    'too many requests at once are busy, and too many connections are turned away',
];

const refused = (promise, name) => assert.rejects(promise, (e) => {
    assert.equal(e.name, name, e.message);
    assert.equal(e.code, api.errors[name].code);
    return true;
});

const unknownPerson = 'ab'.repeat(32);
const unknownRoom = 'cd'.repeat(16);

/** Calls are noted, so that the end can tell which method was never called. */
function watched(person, seen) {
    const call = person.call.bind(person);
    person.call = (method, params) => {
        seen.add(method);
        return call(method, params);
    };
    return person;
}

/** Opens the events of a person's connection, and keeps it for the account at the end. */
async function listen(p, rpcs) {
    const { rpc } = p;
    rpc.heardOf = [];
    rpc.events.push = (e) => {
        rpc.heardOf.push(e.method);
        return Array.prototype.push.call(rpc.events, e);
    };
    rpcs.push(rpc);
    await p.call('session.open');
}

async function newPerson(world, seen, rpcs, name) {
    const p = watched(await world.person(name), seen);
    await listen(p, rpcs);
    p.link = await eventually(`${name} has a link`, async () => (await p.call('account.me')).me.link);
    return p;
}

const room = (p, title) => eventually(`${p.name} sees “${title}”`, () => conversationOf(p, title));
const state = (p, title, wanted) => eventually(`${p.name}: “${title}” is ${wanted}`,
    async () => (await conversationOf(p, title))?.state === wanted);

async function main({ tap, world }) {
    const seen = new Set();
    const rpcs = [];
    const [alice, bob, carol] = [await newPerson(world, seen, rpcs, 'Alice'), await newPerson(world, seen, rpcs, 'Bob'),
        await newPerson(world, seen, rpcs, 'Carol')];
    let bobId;
    let withBob;

    await tap.run(CASES[0], async () => {
        const { me } = await alice.call('account.set_name', { name: 'Alice A.' });
        assert.equal(me.name, 'Alice A.');
        assert.equal(me.qr.rows.length, me.qr.size);
        assert.equal((await alice.call('account.status')).connection.state, 'online');
        assert.equal((await alice.call('relay.status')).connection.relay, world.relay.name);
        await alice.call('relay.retry');
        assert.match((await alice.call('session.link')).link, /^http:\/\/127\.0\.0\.1:\d+\/#secret=[\w-]{43}$/);

        /* A link is there when the relay has what adding by it takes. */
        const added = await alice.call('contact.add', { address: ` ${bob.link}\n`, name: 'Bobby' });
        assert.equal(added.contact.state, 'invited');
        assert.equal(added.conversation.state, 'pending');
        bobId = added.contact.id;
        withBob = added.conversation.id;
        const again = await alice.call('contact.add', { address: bob.link });
        assert.equal(again.conversation.id, withBob);
        await refused(alice.call('contact.add', { address: alice.link }), 'link_own');
        await refused(alice.call('contact.add', { address: 'sotto:nonsense' }), 'link_malformed');
        await refused(alice.call('contact.add', { address: 'nonsense' }), 'link_malformed');
        await refused(alice.call('contact.add', { address: `Q@${world.relay.name}` }), 'handle_malformed');
        await refused(alice.call('contact.add', { address: `nobody.here@${world.relay.name}` }), 'handle_unknown');

        const claimed = await carol.call('directory.claim', { handle: 'carol_1' });
        assert.equal(claimed.me.handle, `carol_1@${world.relay.name}`);
        await refused(bob.call('directory.claim', { handle: 'carol_1' }), 'handle_taken');
        await refused(bob.call('directory.claim', { handle: 'Carol' }), 'handle_malformed');
        const found = await alice.call('contact.add', { address: claimed.me.handle });
        assert.equal(found.contact.handle, claimed.me.handle);

        assert.equal((await alice.call('contact.rename', { contact: bobId, name: 'Bob B.' })).contact.name, 'Bob B.');
        assert.equal((await alice.call('contact.block', { contact: bobId, blocked: true })).contact.blocked, true);
        assert.equal((await alice.call('contact.block', { contact: bobId, blocked: false })).contact.blocked, false);
        await refused(alice.call('contact.rename', { contact: unknownPerson, name: 'x' }), 'not_found');
    });

    await tap.run(CASES[1], async () => {
        const request = await room(bob, 'Alice A.');
        assert.equal(request.state, 'request');
        assert.equal((await bob.call('account.status')).requests, 1);
        await refused(bob.call('message.send', { conversation: request.id, text: 'x', client_id: 'x' }), 'not_allowed');
        await bob.call('conversation.accept', { conversation: request.id });
        await refused(bob.call('conversation.accept', { conversation: request.id }), 'not_allowed');
        await state(alice, 'Bob B.', 'open');

        await alice.call('conversation.set_draft', { conversation: withBob, text: 'half a\n\tthought' });
        assert.equal((await conversationOf(alice, 'Bob B.')).draft, 'half a\n\tthought');
        await alice.call('conversation.set_draft', { conversation: withBob, text: '' });
        await refused(alice.call('conversation.set_draft', { conversation: unknownRoom, text: '' }), 'not_found');

        const one = await alice.call('message.send', { conversation: withBob, text: 'مرحباً\n👋🏽 <b>', client_id: 'once' });
        const two = await alice.call('message.send', { conversation: withBob, text: 'other words', client_id: 'once' });
        assert.equal(two.message.id, one.message.id);
        assert.equal(two.message.text, 'مرحباً\n👋🏽 <b>');
        for (let i = 0; i < 7; i++) {
            await alice.call('message.send', { conversation: withBob, text: `${i} ${'long '.repeat(60)}`, client_id: `n${i}` });
        }
        const all = await eventually('Bob has eight', async () => {
            const { messages } = await bob.call('message.list', { conversation: request.id });
            const got = messages.filter((m) => !m.notice);
            return got.length === 8 && got;
        });
        assert.equal(all[0].text, 'مرحباً\n👋🏽 <b>');
        assert.equal((await conversationOf(bob, 'Alice A.')).last.cut, true);
        assert.equal((await bob.call('account.status')).unread, 8);
        const { unread } = await bob.call('message.read', { conversation: request.id, up_to: all[3].order });
        assert.equal(unread, 4);
        assert.equal((await bob.call('message.read', { conversation: request.id, up_to: all[0].order })).unread, 4);
        await eventually('Alice sees the mark', async () => (await conversationOf(alice, 'Bob B.')).members[1].read > 0);

        const pages = [];
        for (let before; ;) {
            const page = await bob.call('message.list', { conversation: request.id, limit: 3, ...(before ? { before } : {}) });
            pages.unshift(...page.messages);
            before = page.messages[0]?.order;
            if (!page.more) {
                break;
            }
        }
        assert.deepEqual(pages.filter((m) => !m.notice).map((m) => m.id), all.map((m) => m.id));

        const a = await alice.call('contact.safety', { contact: bobId });
        const b = await bob.call('contact.safety', { contact: request.contact });
        assert.match(a.digits, /^\d{60}$/);
        assert.equal(a.digits, b.digits);
        assert.deepEqual(a.qr, b.qr);
        assert.equal((await alice.call('contact.set_verified', { contact: bobId, verified: true })).contact.verified, true);
        assert.equal((await alice.call('contact.safety', { contact: bobId })).verified, true);
        assert.equal((await conversationOf(alice, 'Bob B.')).verified, true);
        assert.equal((await alice.call('contact.set_verified', { contact: bobId, verified: false })).contact.verified, false);
        await refused(alice.call('contact.safety', { contact: unknownPerson }), 'not_found');
        await refused(alice.call('message.list', { conversation: unknownRoom }), 'not_found');
    });

    await tap.run(CASES[2], async () => {
        const request = await room(carol, 'Alice A.');
        carol.rpc.events.length = 0;
        await carol.call('conversation.decline', { conversation: request.id, block: false });
        const end = carol.rpc.events.find((e) => e.method === 'event.conversation' && e.params.conversation.id === request.id);
        assert.equal(end?.params.conversation.state, 'declined', 'the event comes before the answer');
        await refused(carol.call('conversation.decline', { conversation: request.id, block: false }), 'not_found');
        assert.equal(await conversationOf(carol, 'Alice A.'), null);
        await carol.call('contact.add', { address: bob.link });
        const fromCarol = await room(bob, 'Carol');
        await bob.call('conversation.accept', { conversation: fromCarol.id });
        await bob.call('contact.add', { address: carol.link });
        await state(carol, 'Bob', 'open');
    });

    await tap.run(CASES[3], async () => {
        await refused(bob.call('conversation.create_group', { title: 'x', members: [unknownPerson] }), 'not_found');
        const people = (await bob.call('contact.list')).contacts;
        const [a, c] = [people.find((p) => p.own_name === 'Alice A.'), people.find((p) => p.own_name === 'Carol')];
        const made = (await bob.call('conversation.create_group', { title: 'Supper', members: [c.id] })).conversation;
        assert.equal(made.kind, 'group');
        assert.equal(made.role, 'admin');
        assert.equal(made.member_count, 2);
        await room(carol, 'Supper');
        const grown = (await bob.call('conversation.add', { conversation: made.id, contact: a.id })).conversation;
        assert.equal(grown.member_count, 3);
        await refused(bob.call('conversation.add', { conversation: made.id, contact: a.id }), 'exists');
        await refused(bob.call('conversation.add', { conversation: made.id, contact: unknownPerson }), 'not_found');
        const inAlice = await room(alice, 'Supper');
        if (inAlice.state === 'request') {
            await alice.call('conversation.accept', { conversation: inAlice.id });
        }
        await refused(alice.call('conversation.remove', { conversation: inAlice.id, member: bobId }), 'not_allowed');
        const { members } = await bob.call('conversation.members', { conversation: made.id });
        assert.equal(members.length, 3);
        assert.equal(members[0].contact, (await bob.call('account.me')).me.id);
        await refused(bob.call('conversation.remove', { conversation: made.id, member: unknownPerson }), 'not_found');
        await refused(bob.call('conversation.leave', { conversation: unknownRoom }), 'not_found');
        await refused(bob.call('conversation.leave', { conversation: (await room(bob, 'Alice A.')).id }), 'not_allowed');
        await state(alice, 'Supper', 'open');
        await alice.call('conversation.leave', { conversation: inAlice.id });
        await state(alice, 'Supper', 'left');
        await refused(alice.call('message.send', { conversation: inAlice.id, text: 'x', client_id: 'x' }), 'not_allowed');
        await eventually('Bob sees two', async () => (await conversationOf(bob, 'Supper')).member_count === 2);
    });

    await tap.run(CASES[4], async () => {
        const group = await room(bob, 'Supper');
        const inCarol = await room(carol, 'Supper');
        if (inCarol.state === 'request') {
            await carol.call('conversation.accept', { conversation: inCarol.id });
        }
        await state(carol, 'Supper', 'open');
        const me = (await carol.call('account.me')).me.id;
        await carol.stop();
        const left = (await bob.call('conversation.remove', { conversation: group.id, member: me })).conversation;
        assert.equal(left.member_count, 1);
        await world.relay.stop();
        await carol.start();
        await listen(carol, rpcs);
        const sent = (await carol.call('message.send', { conversation: inCarol.id, text: 'Too late.', client_id: 'late' })).message;
        assert.equal(sent.state, 'waiting');
        assert.equal(sent.order, null);
        await refused(carol.call('message.discard', { conversation: inCarol.id, message: sent.id }), 'not_allowed');
        await refused(carol.call('directory.claim', { handle: 'carol_2' }), 'relay_unreachable');
        await world.relay.start();
        await carol.call('relay.retry');
        const failed = await eventually('it has failed', async () => {
            const { messages } = await carol.call('message.list', { conversation: inCarol.id });
            return messages.find((m) => m.id === sent.id && m.state === 'failed');
        });
        assert.notEqual(failed.sentence, '');
        carol.rpc.events.length = 0;
        await carol.call('message.discard', { conversation: inCarol.id, message: sent.id });
        assert.equal(carol.rpc.events.find((e) => e.method === 'event.message')?.params.message.state, 'discarded');
        await refused(carol.call('message.discard', { conversation: inCarol.id, message: sent.id }), 'not_found');
        await state(carol, 'Supper', 'removed');
    });

    await tap.run(CASES[5], async () => {
        assert.deepEqual((await alice.call('alarm.list')).alarms, []);
        await world.relay.stop();
        await world.renew();
        await world.relay.start();
        await alice.call('relay.retry');
        const [alarm] = await eventually('an alarm', async () => {
            const { alarms } = await alice.call('alarm.list');
            return alarms.length > 0 && alarms;
        });
        assert.equal(alarm.code, 'rolled_back');
        assert.equal((await alice.call('account.status')).alarms, 1);
        await alice.call('alarm.act', { alarm: alarm.id });
        const ends = alice.rpc.events.filter((e) => e.method === 'event.alarm').map((e) => e.params.alarm.cleared);
        assert.deepEqual(ends, [false, true]);
        assert.deepEqual((await alice.call('alarm.list')).alarms, []);
        await refused(alice.call('alarm.act', { alarm: 'a999' }), 'not_found');
    });

    await tap.run(CASES[6], async () => {
        await bob.call('relay.retry');
        for (let i = 0; i < 5; i++) {
            await bob.call('conversation.create_group', { title: `Group ${i}`, members: [] });
        }
        for (const [method, key, params] of [['contact.list', 'contacts', {}], ['conversation.list', 'conversations', {}],
            ['conversation.members', 'members', { conversation: (await room(bob, 'Carol')).id }]]) {
            const whole = (await bob.call(method, params))[key].map((x) => x.id ?? x.contact);
            const parts = [];
            for (let after; ;) {
                const page = await bob.call(method, { ...params, limit: 1, ...(after ? { after } : {}) });
                parts.push(...page[key].map((x) => x.id ?? x.contact));
                after = page.next;
                if (!after) {
                    break;
                }
            }
            assert.deepEqual(parts, whole, method);
            assert.ok(whole.length > 1, method);
            await refused(bob.call(method, { ...params, after: 'nonsense' }), 'invalid_params');
        }
    });

    await tap.run(CASES[7], async () => {
        const other = await Rpc.open(join(bob.dir, 'agent.sock'));
        assert.deepEqual(await other.call('session.close'), {});
        seen.add('session.close');
        const told = new Set([...rpcs, other].flatMap((r) => r.heardOf));
        assert.deepEqual(Object.keys(api.methods).filter((m) => !seen.has(m)), []);
        assert.deepEqual(Object.keys(api.events).filter((e) => !told.has(e)), []);
        assert.deepEqual([...rpcs, other].flatMap((r) => r.faults), []);
    });

    await tap.run(CASES[8], async () => {
        const known = { conversation: withBob, contact: bobId, member: bobId, message: 'm1', alarm: 'a1' };
        const list = broken(known).filter((b) => b.method !== 'session.close');
        assert.ok(list.length > 200, String(list.length));
        for (const { method, params, field } of list) {
            const text = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`;
            const { all: [answer] } = await exchange(join(alice.dir, 'agent.sock'), text);
            assert.equal(answer.error?.code, api.errors.invalid_params.code, `${method} ${text}`);
            assert.equal(answer.error.data.field, field, text);
            assert.ok(answer.error.message.includes(field), answer.error.message);
        }
    });

    await tap.run(CASES[9], async () => {
        const name = (n) => alice.call('account.set_name', { name: n });
        await name('é'.repeat(64));
        await refused(name('é'.repeat(65)), 'invalid_params');
        await refused(name(''), 'invalid_params');
        await refused(name('a\u0007'), 'invalid_params');
        await refused(name('a\u0000'), 'invalid_params');
        await refused(name('a\u0085'), 'invalid_params');
        const send = (text, id = 'bound') => alice.call('message.send', { conversation: withBob, text, client_id: id });
        await refused(send('x'.repeat(64001)), 'limit');
        await refused(send(' \n\t\u00a0'), 'invalid_params');
        await refused(send('bell \u0007'), 'invalid_params');
        await refused(send('x', 'a b'), 'invalid_params');
        await refused(send('x', 'a'.repeat(65)), 'invalid_params');
        assert.equal((await send('é'.repeat(32000))).message.text.length, 32000);
        for (const limit of [0, 201, -1]) {
            await refused(alice.call('message.list', { conversation: withBob, limit }), 'invalid_params');
        }
        await refused(alice.call('message.list', { conversation: withBob, before: 0 }), 'invalid_params');
        await refused(alice.call('message.read', { conversation: withBob, up_to: 0 }), 'invalid_params');
        await refused(alice.call('conversation.create_group', { title: 't'.repeat(65), members: [] }), 'invalid_params');
        await refused(alice.call('conversation.create_group', { title: 't', members: Array(201).fill(bobId) }), 'limit');
        await refused(alice.call('conversation.set_draft', { conversation: withBob, text: 'x'.repeat(64001) }), 'limit');
    });

    await tap.run(CASES[10], async () => {
        const path = join(alice.dir, 'agent.sock');
        const line = (o) => `${typeof o === 'string' ? o : JSON.stringify(o)}\n`;
        const none = [[], [{ jsonrpc: '2.0', id: 1, method: 'account.me' }], {}, { jsonrpc: '2.0', method: 'account.me' },
            { jsonrpc: '1.0', id: 1, method: 'account.me' }, { jsonrpc: '2.0', id: {}, method: 'account.me' },
            { jsonrpc: '2.0', id: 1.5, method: 'account.me' }, { jsonrpc: '2.0', id: 'x'.repeat(65), method: 'account.me' },
            { jsonrpc: '2.0', id: 1, method: 7 }, { jsonrpc: '2.0', id: 1, method: 'account.me', extra: 1 }];
        for (const o of none) {
            const { all: [answer] } = await exchange(path, line(o));
            assert.equal(answer.error?.code, api.errors.invalid_request.code, line(o));
        }
        const bytes = Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":1,"method":"\u00e9'), Buffer.from([0xff]), Buffer.from('"}\n')]);
        for (const text of ['nonsense\n', '"text"\n', '7\n', '{"a":1,"a":2}\n', '{"jsonrpc":"2.0",\n', bytes]) {
            const { all: [answer], closed } = await exchange(path, text, () => false);
            assert.equal(answer.error?.code, api.errors.parse_error.code, text);
            assert.equal(answer.id, null);
            assert.ok(closed, text);
        }
        const whole = await exchange(path, line({ jsonrpc: '2.0', id: 'x'.repeat(64), method: 'account.me' }));
        assert.equal(whole.all[0].id, 'x'.repeat(64));
        const missing = await exchange(path, line({ jsonrpc: '2.0', id: 1, method: 'no.such' }));
        assert.equal(missing.all[0].error.code, api.errors.method_not_found.code);
        const long = await exchange(path, 'x'.repeat(600_000), () => false);
        assert.equal(long.all[0].error.code, api.errors.limit.code);
        assert.ok(long.closed);
        const three = ['account.me', 'account.status', 'relay.status'].map((method, id) => line({ jsonrpc: '2.0', id, method })).join('');
        assert.deepEqual((await exchange(path, three, (all) => all.length === 3)).all.map((a) => a.id), [0, 1, 2]);
        await alice.call('account.me');
    });

    await tap.run(CASES[11], async () => {
        await world.relay.stop();
        await eventually('Alice is offline', async () => (await alice.call('relay.status')).connection.state !== 'online');
        const asks = Array.from({ length: 70 }, (_, i) =>
            `${JSON.stringify({ jsonrpc: '2.0', id: i, method: 'contact.add', params: { address: `x${i}@${world.relay.name}` } })}\n`).join('');
        const { all } = await exchange(join(alice.dir, 'agent.sock'), asks, (got) => got.filter((a) => a.error?.code === 1003).length >= 6);
        assert.ok(all.filter((a) => a.error?.code === api.errors.busy.code).length >= 6);
        const more = await Promise.all(Array.from({ length: 20 }, () => exchange(join(alice.dir, 'agent.sock'), '', () => true)
            .catch(() => null)));
        assert.equal(more.length, 20);
        const open = [];
        for (let i = 0; i < 20; i++) {
            open.push(await Rpc.open(join(bob.dir, 'agent.sock')));
        }
        const answers = await Promise.allSettled(open.map((r) => r.call('account.status')));
        const good = answers.filter((a) => a.status === 'fulfilled').length;
        assert.equal(good, api.limits.connections_max - 1, 'the test itself has one');
        open.forEach((r) => r.close());
        await eventually('there is room again', async () => {
            const r = await Rpc.open(join(bob.dir, 'agent.sock'));
            const answer = await r.call('account.status');
            r.close();
            return answer;
        });
        await world.relay.start();
    });
    await Promise.all([alice, bob, carol].map((p) => p.stop()));
}

await onStage(CASES, main);
