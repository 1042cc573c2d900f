/* Rows, grouping, progress of messages, read heads, the list. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { heads, listed, newestOrder, progress, rows, unreadTotal } from '../../src/model/select';
import { initial } from '../../src/model/state';
import { conversation, me, member, message, own } from './make.mjs';

const NOON = new Date(2026, 5, 1, 12).getTime();
const MINUTE = 60_000;
const at = (order, minutes, more) => message(order, { time: NOON + minutes * MINUTE, ...more });
const kinds = (list) => list.map((r) => r.kind);

test('each day begins with its heading', () => {
    const list = rows([at(1, 0), at(2, 1), at(3, 60 * 24)], [], 'me', 0);
    assert.deepEqual(kinds(list), ['day', 'message', 'message', 'day', 'message']);
});

test('what one person writes within five minutes stands together', () => {
    const list = rows([at(1, 0), at(2, 4), at(3, 10), at(4, 11, { sender: 'eve' })], [], 'me', 0).filter((r) => r.kind === 'message');
    assert.deepEqual(list.map((r) => [r.first, r.last]), [[true, false], [false, true], [true, true], [true, true]]);
});

test('a notice parts what would stand together', () => {
    const notice = { code: 'left', by: null, by_name: '', who: 'eve', who_name: 'Eve', sentence: '' };
    const list = rows([at(1, 0), at(2, 0, { notice, sender: null }), at(3, 1)], [], 'me', 0);
    assert.deepEqual(kinds(list), ['day', 'message', 'notice', 'message']);
    assert.ok(list[1].last && list[3].first);
});

test('the line before what is new stands before the first message that is not mine', () => {
    const list = rows([at(1, 0), at(2, 1, { sender: 'me' }), at(3, 2), at(4, 3)], [], 'me', 1);
    assert.deepEqual(kinds(list), ['day', 'message', 'message', 'unread', 'message', 'message']);
    assert.ok(!kinds(rows([at(1, 0)], [], 'me', 1)).includes('unread'), 'and not when nothing is new');
});

test('a message keeps its key from the page’s copy to the agent’s', () => {
    const unsent = { clientId: 'x', conversation: 'c', text: 't', time: NOON, refused: '' };
    const before = rows([], [unsent], 'me', 0).at(-1);
    const after = rows([own(4, { client_id: 'x', time: NOON })], [], 'me', 0).at(-1);
    assert.equal(before.key, after.key);
    assert.equal(before.message.state, 'waiting');
});

test('a refused copy is a failed message', () => {
    const unsent = { clientId: 'x', conversation: 'c', text: 't', time: NOON, refused: 'no' };
    assert.equal(rows([], [unsent], 'me', 0).at(-1).message.state, 'failed');
});

const step = (m, ...members) => progress(m, [member('me'), ...members], 'me').step;

test('a message is read when everybody has read it, delivered when everybody has it', () => {
    const m = own(5);
    assert.equal(step(m, member('a', { delivered: 4 }), member('b', { delivered: 9 })), 'sent');
    assert.equal(step(m, member('a', { delivered: 5 }), member('b', { delivered: 9 })), 'delivered');
    assert.equal(step(m, member('a', { delivered: 5, read: 5 }), member('b', { delivered: 9, read: 4 })), 'delivered');
    assert.equal(step(m, member('a', { delivered: 5, read: 5 }), member('b', { delivered: 9, read: 6 })), 'read');
});

test('who joined after a message does not count for it', () => {
    const m = own(5);
    assert.equal(step(m, member('a', { delivered: 5, read: 5 }), member('late', { joined: 5 })), 'read');
    assert.equal(step(m, member('late', { joined: 7, delivered: 9, read: 9 })), 'sent', 'and alone makes nothing read');
});

test('a message without an order is waiting or failed, whatever the marks', () => {
    assert.equal(step(own(null), member('a', { read: 99, delivered: 99 })), 'waiting');
    assert.equal(step(own(null, { state: 'failed' }), member('a', { read: 99, delivered: 99 })), 'failed');
});

test('a member’s head stands at the last message up to the mark, and not under their own', () => {
    const list = rows([at(2, 0, { sender: 'a' }), at(4, 1, { sender: 'me', client_id: 'k' }), at(6, 2, { sender: 'a' })], [], 'me', 0);
    const found = heads(list, [member('me', { read: 9 }), member('a', { read: 6 }), member('b', { read: 5 }), member('c')], 'me');
    assert.deepEqual([...found].map(([key, people]) => [key, people.map((p) => p.contact)]), [['k', ['b']]]);
});

test('the list is sorted by activity, with requests apart, and can be filtered by member', () => {
    const state = {
        ...initial, me,
        conversations: {
            a: conversation('a', { title: 'Old', activity: 1 }),
            b: conversation('b', { title: 'New', activity: 2, members: [member('me'), member('zed')] }),
            r: conversation('r', { state: 'request', activity: 9 }),
        },
    };
    const { requests, others } = listed(state, '');
    assert.deepEqual([requests.map((c) => c.id), others.map((c) => c.id)], [['r'], ['b', 'a']]);
    assert.deepEqual(listed(state, ' ZED ').others.map((c) => c.id), ['b']);
    assert.deepEqual(listed(state, 'nobody').others, []);
    const both = { ...state.conversations, z: conversation('z', { title: 'Zed', activity: 0 }) };
    assert.deepEqual(listed({ ...state, conversations: both }, 'zed').others.map((c) => c.id), ['z', 'b'], 'titles first');
});

test('requests do not count as unread', () => {
    const conversations = { a: conversation('a', { unread: 2 }), r: conversation('r', { state: 'request', unread: 5 }) };
    assert.equal(unreadTotal({ ...initial, conversations }), 2);
});

test('the newest order is null as long as nothing has one', () => {
    assert.equal(newestOrder([own(null)]), null);
    assert.equal(newestOrder([message(3), own(null)]), 3);
});
