/* The reducer: histories without gaps, doubles or disorder, whatever order news comes in. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { reduce } from '../../src/model/reduce';
import { KEPT, initial } from '../../src/model/state';
import { conversation, me, message, own } from './make.mjs';

const run = (state, ...actions) => actions.reduce(reduce, state);
const page = (messages, more = false, older = false) => ({ type: 'history', conversation: 'c', messages, more, older });
const event = (m) => ({ type: 'event.message', params: { message: m } });
const texts = (state) => state.histories.c.messages.map((m) => m.id);
const base = run(initial, { type: 'event.conversation', params: { conversation: conversation('c') } });

test('messages stand by order, and those without an order at the end', () => {
    const s = run(base, page([message(1)]), event(own(null, { id: 'w' })), event(message(5)), event(message(3)));
    assert.deepEqual(texts(s), ['m1', 'm3', 'm5', 'w']);
});

test('a message that comes twice is there once, with its newest word', () => {
    const s = run(base, page([message(1)]), event(message(2)), event(message(2, { text: 'newer' })));
    assert.deepEqual(texts(s), ['m1', 'm2']);
    assert.equal(s.histories.c.messages[1].text, 'newer');
});

test('a waiting message takes its place when it gets its order', () => {
    const s = run(base, page([message(1)]), event(own(null, { id: 'w' })), event(message(4)), event(own(6, { id: 'w' })), event(message(8)));
    assert.deepEqual(texts(s), ['m1', 'm4', 'w', 'm8']);
});

test('what is older than the loaded part is left to its page', () => {
    const s = run(base, page([message(10)], true), event(message(3)));
    assert.deepEqual(texts(s), ['m10']);
    const all = run(base, page([message(10)], false), event(message(3)));
    assert.deepEqual(texts(all), ['m3', 'm10'], 'when nothing older is missing it has its place');
});

test('an older page goes before, without doubles', () => {
    const s = run(base, page([message(5), message(6)], true), page([message(3), message(4), message(5)], false, true));
    assert.deepEqual(texts(s), ['m3', 'm4', 'm5', 'm6']);
    assert.equal(s.histories.c.more, false);
});

test('a newest page that overlaps is joined to what is there', () => {
    const s = run(base, page([message(1), message(2), message(3)], true), page([message(3), message(4)], true));
    assert.deepEqual(texts(s), ['m1', 'm2', 'm3', 'm4']);
});

test('a newest page that does not touch what is there replaces it, so that no gap is shown', () => {
    const s = run(base, page([message(1), message(2)]), page([message(8), message(9)], true));
    assert.deepEqual(texts(s), ['m8', 'm9']);
    assert.equal(s.histories.c.more, true);
});

test('a newest page tells which waiting messages are gone', () => {
    const s = run(base, page([message(1), own(null, { id: 'w' })]), page([message(1)]));
    assert.deepEqual(texts(s), ['m1']);
});

test('the page’s own copy of a message goes when the agent has it', () => {
    const unsent = { clientId: 'x', conversation: 'c', text: 't', time: 1, refused: '' };
    const s = run(base, page([]), { type: 'unsent', unsent });
    assert.equal(run(s, event(own(null, { id: 'w', client_id: 'x' }))).unsent.length, 0);
    assert.equal(run(s, page([own(3, { client_id: 'x' })])).unsent.length, 0, 'also when it comes in a page');
    assert.equal(run(s, event(own(null, { id: 'w', client_id: 'y' }))).unsent.length, 1, 'and only that one');
});

test('a refused message stays, with the reason, until it is tried again or discarded', () => {
    const unsent = { clientId: 'x', conversation: 'c', text: 't', time: 1, refused: '' };
    const s = run(base, { type: 'unsent', unsent }, { type: 'unsent_refused', clientId: 'x', sentence: 'no' });
    assert.equal(s.unsent[0].refused, 'no');
    assert.equal(run(s, { type: 'unsent_again', clientId: 'x' }).unsent[0].refused, '');
    assert.equal(run(s, { type: 'unsent_gone', clientId: 'x' }).unsent.length, 0);
});

test('a discarded message disappears', () => {
    const s = run(base, page([own(null, { id: 'w', state: 'failed' })]), event(own(null, { id: 'w', state: 'discarded' })));
    assert.deepEqual(texts(s), []);
});

test('marks of members only move forward', () => {
    const status = (delivered, read) => ({
        type: 'event.status', params: { conversation: 'c', contact: 'bob', delivered, read, last_heard: null },
    });
    const s = run(base, status(5, 3), status(4, 2));
    const bob = s.conversations.c.members[1];
    assert.deepEqual([bob.delivered, bob.read], [5, 3]);
    assert.equal(run(s, status(0, 9)).conversations.c.members[1].delivered, 9, 'what was read was delivered');
});

test('my read mark does not go back when an older conversation crosses it', () => {
    const s = run(base, { type: 'read', conversation: 'c', upTo: 9, unread: 0 },
        { type: 'event.conversation', params: { conversation: conversation('c', { read: 4 }) } });
    assert.equal(s.conversations.c.read, 9);
});

test('a declined conversation is gone, also as the one that is shown', () => {
    const s = run(base, { type: 'select', conversation: 'c' },
        { type: 'event.conversation', params: { conversation: conversation('c', { state: 'declined' }) } });
    assert.equal(s.selected, null);
    assert.equal(s.conversations.c, undefined);
});

test('a draft being written is not replaced by the agent’s older one', () => {
    const loaded = {
        type: 'loaded', me, connection: null, contacts: [], alarms: [], conversations: [conversation('c', { draft: 'old' })],
    };
    assert.equal(run(initial, loaded).drafts.c, 'old');
    assert.equal(run(initial, { type: 'draft', conversation: 'c', text: 'new' }, loaded).drafts.c, 'new');
});

test('the line before what is new stands where I had read to, and not in a request', () => {
    const put = (more) => ({ type: 'event.conversation', params: { conversation: conversation('c', more) } });
    const select = { type: 'select', conversation: 'c' };
    assert.equal(run(initial, put({ unread: 2, read: 7 }), select).divider, 7);
    assert.equal(run(initial, put({ unread: 0, read: 7 }), select).divider, 0);
    assert.equal(run(initial, put({ unread: 2, read: 7, state: 'request' }), select).divider, 0);
});

test('a long history lets its oldest part go, and says that there is more', () => {
    const many = Array.from({ length: KEPT + 1 }, (_, i) => message(i + 1));
    const s = run(base, page(many), { type: 'history_trim', conversation: 'c' });
    assert.equal(s.histories.c.messages.length, KEPT / 2);
    assert.equal(s.histories.c.more, true);
    assert.equal(s.histories.c.messages.at(-1).order, KEPT + 1);
    const few = run(base, page(many.slice(1)), { type: 'history_trim', conversation: 'c' });
    assert.equal(few.histories.c.messages.length, KEPT);
});

test('a history that is not shown does not grow without bound', () => {
    let s = run(base, page([message(1)]));
    for (let i = 2; i < 3 * KEPT; i++) {
        s = reduce(s, event(message(i)));
        assert.ok(s.histories.c.messages.length <= KEPT);
    }
    assert.equal(s.histories.c.messages.at(-1).order, 3 * KEPT - 1);
    assert.equal(s.histories.c.more, true);
});

test('alarms come and go', () => {
    const alarm = { id: 'a', cleared: false };
    const s = run(initial, { type: 'event.alarm', params: { alarm } });
    assert.ok(s.alarms.a);
    assert.equal(run(s, { type: 'event.alarm', params: { alarm: { ...alarm, cleared: true } } }).alarms.a, undefined);
});

test('a page whose session was refused keeps nothing that it knew', () => {
    const s = run(base, page([message(1)]), { type: 'link', link: 'refused' });
    assert.deepEqual(s, { ...initial, link: 'refused' });
});

test('an unknown conversation’s marks and reads change nothing', () => {
    const status = { type: 'event.status', params: { conversation: 'x', contact: 'bob', delivered: 1, read: 1, last_heard: null } };
    assert.equal(run(base, status), base);
    assert.equal(run(base, { type: 'read', conversation: 'x', upTo: 1, unread: 0 }), base);
});
