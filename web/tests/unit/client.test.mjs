/* The client against a socket in the test's hand: sessions, reconnecting, answers and events. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client, Lost, RpcError } from '../../src/api/client';

function rig({ session = null } = {}) {
    const r = { sockets: [], links: [], events: [], timers: [], session };
    r.client = new Client({
        connect: () => {
            const s = { sent: [], closed: false, send: (x) => s.sent.push(JSON.parse(x)), close: () => { s.closed = true; } };
            r.sockets.push(s);
            return s;
        },
        sessions: { get: () => r.session, keep: (x) => { r.session = x; } },
        onEvent: (name, params) => r.events.push([name, params]),
        onLink: (link) => r.links.push(link),
        later: (run, ms) => {
            const timer = { run, ms, cancelled: false };
            r.timers.push(timer);
            return () => { timer.cancelled = true; };
        },
        jitter: () => 0.5,
    });
    r.last = () => r.sockets.at(-1);
    r.settle = () => new Promise((done) => setImmediate(done));
    r.answer = async (body, socket = r.last(), id = socket.sent.at(-1).id) => {
        socket.onmessage?.({ data: JSON.stringify({ jsonrpc: '2.0', id, ...body }) });
        await r.settle();
    };
    r.open = async () => {
        r.last().onopen();
        await r.answer({ result: { session: r.session ?? 'fresh', api: 1, agent: 'x' } });
    };
    r.refuse = (code, name) => r.answer({ error: { code, message: name, data: { name } } });
    return r;
}

test('the link’s secret is traded for a session that is kept', async () => {
    const r = rig();
    r.client.start('once');
    r.last().onopen();
    assert.deepEqual(r.last().sent[0].params, { secret: 'once' });
    await r.answer({ result: { session: 'kept', api: 1, agent: 'x' } });
    assert.equal(r.session, 'kept');
    assert.deepEqual(r.links, ['open']);
});

test('without a secret and a session nothing is connected', () => {
    const r = rig();
    r.client.start(null);
    assert.equal(r.sockets.length, 0);
    assert.deepEqual(r.links, ['none']);
});

test('a broken connection is opened again with the session, after growing pauses', async () => {
    const r = rig({ session: 's' });
    r.client.start(null);
    await r.open();
    r.last().onclose();
    r.timers.at(-1).run();
    r.last().onclose();
    r.timers.at(-1).run();
    r.last().onclose();
    assert.deepEqual(r.timers.map((t) => t.ms), [200, 400, 800]);
    r.timers.at(-1).run();
    r.last().onopen();
    assert.deepEqual(r.last().sent[0].params, { session: 's' });
    await r.answer({ result: { session: 's', api: 1, agent: 'x' } });
    assert.deepEqual(r.links, ['open', 'lost', 'lost', 'lost', 'open']);
    r.last().onclose();
    assert.equal(r.timers.at(-1).ms, 200, 'a connection that was open starts the pauses anew');
});

test('pauses stay below six seconds', () => {
    const r = rig({ session: 's' });
    r.client.start(null);
    for (let i = 0; i < 12; i++) {
        r.last().onclose();
        r.timers.at(-1).run();
    }
    assert.ok(r.timers.every((t) => t.ms <= 6000));
});

test('hurry cuts a pause short, and does nothing when none is running', async () => {
    const r = rig({ session: 's' });
    r.client.start(null);
    await r.open();
    r.client.hurry();
    assert.equal(r.sockets.length, 1);
    r.last().onclose();
    r.client.hurry();
    assert.equal(r.sockets.length, 2);
    assert.ok(r.timers[0].cancelled);
});

test('a secret survives a connection that breaks before the answer', async () => {
    const r = rig();
    r.client.start('once');
    r.last().onopen();
    r.last().onclose();
    r.timers.at(-1).run();
    r.last().onopen();
    assert.deepEqual(r.last().sent[0].params, { secret: 'once' });
});

test('a used link in a tab that has a session falls back to it', async () => {
    const r = rig({ session: 's' });
    r.client.start('used');
    r.last().onopen();
    await r.refuse(1002, 'session_refused');
    r.last().onopen();
    assert.deepEqual(r.last().sent[0].params, { session: 's' });
});

test('a refused session is forgotten and not tried again', async () => {
    const r = rig({ session: 's' });
    r.client.start(null);
    r.last().onopen();
    await r.refuse(1002, 'session_refused');
    assert.equal(r.session, null);
    assert.deepEqual(r.links, ['refused']);
    assert.equal(r.timers.length, 0);
});

test('an agent that fails to open a session is tried again, and the session kept', async () => {
    const r = rig({ session: 's' });
    r.client.start(null);
    r.last().onopen();
    await r.refuse(-32603, 'internal');
    r.last().onclose();
    assert.equal(r.session, 's');
    assert.equal(r.timers.length, 1);
});

test('answers find their requests in whatever order they come', async () => {
    const r = rig({ session: 's' });
    r.client.start(null);
    await r.open();
    const a = r.client.call('account.me', {});
    const b = r.client.call('relay.status', {});
    const [first, second] = r.last().sent.slice(-2);
    await r.answer({ result: { b: 1 } }, r.last(), second.id);
    await r.answer({ result: { a: 1 } }, r.last(), first.id);
    assert.deepEqual(await a, { a: 1 });
    assert.deepEqual(await b, { b: 1 });
});

test('an error carries its name, its code and its sentence', async () => {
    const r = rig({ session: 's' });
    r.client.start(null);
    await r.open();
    const call = r.client.call('account.me', {});
    call.catch(() => undefined);
    await r.answer({ error: { code: 1101, message: 'gone', data: { name: 'not_found' } } });
    await assert.rejects(call, (e) => e instanceof RpcError && e.name === 'not_found' && e.code === 1101 && e.message === 'gone');
});

test('calls without an answer end with Lost when the connection breaks', async () => {
    const r = rig({ session: 's' });
    r.client.start(null);
    await r.open();
    const call = r.client.call('account.me', {});
    call.catch(() => undefined);
    r.last().onclose();
    await assert.rejects(call, Lost);
    await assert.rejects(r.client.call('account.me', {}), Lost);
});

test('nothing of an old connection reaches the new one', async () => {
    const r = rig({ session: 's' });
    r.client.start(null);
    await r.open();
    const old = r.last();
    const deliver = old.onmessage;
    old.onclose();
    r.timers.at(-1).run();
    await r.open();
    deliver({ data: JSON.stringify({ jsonrpc: '2.0', method: 'event.account', params: {} }) });
    assert.deepEqual(r.events, []);
});

test('events come through in their order', async () => {
    const r = rig({ session: 's' });
    r.client.start(null);
    await r.open();
    for (const n of [1, 2, 3]) {
        r.last().onmessage({ data: JSON.stringify({ jsonrpc: '2.0', method: 'event.account', params: { n } }) });
    }
    assert.deepEqual(r.events.map(([, p]) => p.n), [1, 2, 3]);
});

test('leaving forgets the session and connects no more', async () => {
    const r = rig({ session: 's' });
    r.client.start(null);
    await r.open();
    const leaving = r.client.leave();
    await r.answer({ result: {} });
    await leaving;
    assert.equal(r.session, null);
    assert.equal(r.links.at(-1), 'none');
    assert.equal(r.timers.length, 0);
});

test('leaving while the agent closes first ends the same', async () => {
    const r = rig({ session: 's' });
    r.client.start(null);
    await r.open();
    const leaving = r.client.leave();
    r.last().onclose();
    await leaving;
    assert.equal(r.session, null);
    assert.ok(r.timers.every((t) => t.cancelled));
});
