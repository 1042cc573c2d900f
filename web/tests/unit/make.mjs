/* Values as the agent gives them, for the unit tests. */
export function message(order, more = {}) {
    return {
        id: more.id ?? `m${order}`, conversation: 'c', order, sender: 'bob', sender_name: 'Bob', time: (order ?? 1000) * 1000,
        state: 'received', client_id: null, text: `text ${order}`, cut: false, notice: null, sentence: '', ...more,
    };
}

export const own = (order, more = {}) => message(order, {
    sender: 'me', sender_name: 'Me', state: order === null ? 'waiting' : 'sent', client_id: `own${order}`, ...more,
});

export function member(contact, more = {}) {
    return {
        contact, name: contact, role: 'member', state: 'joined', verified: false, joined: 0, delivered: 0, read: 0,
        last_heard: null, ...more,
    };
}

export function conversation(id, more = {}) {
    return {
        id, kind: 'direct', state: 'open', title: id, contact: 'bob', role: 'member', members: [member('me'), member('bob')],
        member_count: 2, verified: false, unread: 0, read: 0, last: null, draft: '', alarm: null, last_heard: null,
        activity: 1, ...more,
    };
}

export const me = { id: 'me', name: 'Me', fingerprint: 'ab', link: 'sotto:x', qr: { size: 0, rows: [] }, handle: null, relay: 'r' };
