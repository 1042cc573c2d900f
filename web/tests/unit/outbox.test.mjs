/* The outbox: order, trying again, and giving up only what the agent refuses. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Lost, RpcError } from '../../src/api/client';
import { Outbox } from '../../src/model/outbox';

function rig(behave) {
    const r = { sent: [], confirmed: [], refused: [], timers: [] };
    r.outbox = new Outbox({
        send: async (u) => {
            r.sent.push(u.clientId);
            return behave(u, r.sent.length);
        },
        confirmed: (m) => r.confirmed.push(m.client_id),
        refused: (u, sentence) => r.refused.push([u.clientId, sentence]),
        later: (run, ms) => {
            r.timers.push({ run, ms });
            return () => undefined;
        },
    });
    r.add = (clientId) => r.outbox.add({ clientId, conversation: 'c', text: clientId, time: 0, refused: '' });
    r.settle = () => new Promise((done) => setImmediate(done));
    return r;
}

const ok = (u) => ({ client_id: u.clientId });

test('messages go out one after the other, in order', async () => {
    let under = 0;
    const r = rig(async (u) => {
        assert.equal(++under, 1);
        await new Promise((done) => setTimeout(done, 2));
        under--;
        return ok(u);
    });
    ['a', 'b', 'c'].forEach(r.add);
    for (const end = Date.now() + 10_000; r.outbox.size > 0 && Date.now() < end;) {
        await new Promise((done) => setTimeout(done, 2));
    }
    assert.deepEqual(r.confirmed, ['a', 'b', 'c']);
    assert.equal(r.outbox.size, 0);
});

test('what was not answered is sent again under the same id, before what came later', async () => {
    let there = false;
    const r = rig((u) => {
        if (!there) {
            throw new Lost();
        }
        return ok(u);
    });
    r.add('a');
    r.add('b');
    await r.settle();
    assert.equal(r.outbox.size, 2);
    there = true;
    r.outbox.open();
    await r.settle();
    assert.deepEqual(r.confirmed, ['a', 'b']);
    assert.deepEqual(r.sent.slice(-2), ['a', 'b']);
    assert.equal(r.outbox.size, 0);
});

test('what the agent refuses is given back with its sentence, and the next one goes out', async () => {
    const r = rig((u) => {
        if (u.clientId === 'a') {
            throw new RpcError('limit', 'too long', 1104);
        }
        return ok(u);
    });
    r.add('a');
    r.add('b');
    await r.settle();
    assert.deepEqual(r.refused, [['a', 'too long']]);
    assert.deepEqual(r.confirmed, ['b']);
});

test('a busy agent is asked again later, and nothing overtakes', async () => {
    const r = rig((u, n) => {
        if (n === 1) {
            throw new RpcError('busy', 'busy', 1003);
        }
        return ok(u);
    });
    r.add('a');
    r.add('b');
    await r.settle();
    assert.deepEqual(r.confirmed, []);
    r.timers[0].run();
    await r.settle();
    assert.deepEqual(r.confirmed, ['a', 'b']);
});
